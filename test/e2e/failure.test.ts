/**
 * When a server is away, a create is refused with 503, costs no slot and leaves nothing; when the server is back, the next one works
 * without anybody's help. Afterwards tenants' server, registry and platform database hold the same resources and nothing else.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { plans } from "../../contract/plans.ts";
import { healthSchema, type Readiness, readinessSchema } from "../../contract/readiness.ts";
import { allowances, createdSchema, expectError } from "../support/answers.ts";
import { type Api, apiOf, freshKey } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import type { Answer } from "../support/http.ts";
import { ledger } from "../support/inspect.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { refusalOf } from "../support/postgres-client.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const NAME = { name: "prod-db" };
const { provisions_per_day: FULL_DAY, requests_per_minute: RATE } = plans.tiers.anonymous.limits;
/** The readiness matrix is kept for a second, and an upstream gets 3 s to answer. */
const READINESS_MS = 25_000;
/** The outbox waits up to 30 s between two tries. */
const HEAL_MS = 60_000;
const REPLAY = "x-idempotent-replay";

let own: TestStack;
let api: Api;
/** The checks that answer while everything runs; those of engines that this stack leaves out never do. */
let healthyChecks: string[];

beforeAll(async () => {
  own = await startTestStack({ engines: ["postgres"] });
  api = apiOf(own.facts);
  healthyChecks = checksThatAnswer((await readiness(({ checks }) => checks.customer_db?.status === "ok")).matrix);
});
afterAll(async () => {
  if (!own) return;
  await expectNoLeaks(own.facts).finally(() => own.dispose());
});

const create = (caller: string, key?: string): Promise<Answer> =>
  api.post(NAME, { caller, ...(key === undefined ? {} : { headers: { "Idempotency-Key": key } }) });

async function whileDown(service: string, work: () => Promise<void>): Promise<void> {
  await own.service(service).stop();
  try {
    await work();
  } finally {
    await own.service(service).start();
    await own.service(service).ready();
  }
}

/** Waits until one other request of the caller has been counted, and so admitted: each look counts itself too. */
async function untilCounted(caller: string): Promise<void> {
  let looks = 0;
  await vi.waitFor(
    async () => {
      looks += 1;
      const { default: rate } = allowances(await api.call("GET", "/healthz", { caller }));
      expect(rate?.remaining).toBe(RATE - looks - 1);
    },
    { timeout: 5_000, interval: 100 },
  );
}

const checksThatAnswer = ({ checks }: Readiness): string[] => Object.keys(checks).filter((name) => checks[name]?.status === "ok");

/** The matrix once `settled` holds for it, and the status it came with. */
function readiness(settled: (matrix: Readiness) => boolean): Promise<{ status: number; matrix: Readiness }> {
  return vi.waitFor(
    async () => {
      const { status, body } = await api.call("GET", "/readyz");
      const matrix = readinessSchema.parse(body);
      expect(settled(matrix), JSON.stringify(matrix)).toBe(true);
      return { status, matrix };
    },
    { timeout: READINESS_MS, interval: 500 },
  );
}

/** Works at once, as the first create of the caller's day: whatever failed before took no slot. */
async function expectHealed(caller: string, key?: string): Promise<Answer> {
  const answer = await vi.waitFor(
    async () => {
      const tried = await create(caller, key);
      expect(tried.status, tried.text).toBe(201);
      return tried;
    },
    { timeout: HEAL_MS, interval: 250 },
  );
  expect(allowances(answer).provisions?.remaining).toBe(FULL_DAY - 1);
  expect(await refusalOf(createdSchema.parse(answer.body).connection_url, "SELECT 1")).toBeNull();
  return answer;
}

/** Every store holds the acknowledged resources and nothing else. */
async function expectCleanSlate(): Promise<void> {
  await vi.waitFor(
    async () => {
      const seen = await ledger(own.facts);
      expect(seen.goingIds).toEqual([]);
      expect(seen.unfinishedIds).toEqual([]);
      expect(seen.registeredIds).toEqual(seen.activeIds);
      expect(seen.databases).toEqual(seen.registered);
      expect(seen.roles).toEqual(seen.registered);
      expect(seen.quarantined).toEqual([]);
      expect(seen.activeIds).toEqual([...acknowledged].sort());
    },
    { timeout: HEAL_MS, interval: 250 },
  );
}

const acknowledged = new Set<string>();
const acknowledge = (answer: Answer) => acknowledged.add(createdSchema.parse(answer.body).id);

describe("without the tenants' PostgreSQL", () => {
  it("a create is 503 provision_failed and costs nothing; a key resumes when it is back", async () => {
    const [caller, careful, key] = [freshCaller(), freshCaller(), freshKey()];
    await whileDown("tenant-postgres", async () => {
      expectError(await create(caller), "provision_failed");
      for (let tries = 0; tries < 2; tries += 1) {
        const answer = await create(careful, key);
        expectError(answer, "provision_failed");
        // A 5xx is never stored, so it is never a replay.
        expect(answer.headers.get(REPLAY)).toBeNull();
      }
      const { status, matrix } = await readiness(({ checks }) => checks.customer_db?.status === "down");
      expect([status, matrix.ok, matrix.overall]).toEqual([200, true, "degraded"]);
      expect(matrix.checks).toMatchObject({ platform_db: { status: "ok" }, provisioner_grpc: { status: "ok" } });
      expect((await api.call("GET", "/healthz")).status).toBe(200);
    });
    acknowledge(await expectHealed(caller));
    const first = await expectHealed(careful, key);
    acknowledge(first);
    expect(first.headers.get(REPLAY)).toBeNull();
    const replay = await create(careful, key);
    expect([replay.status, replay.text, replay.headers.get(REPLAY)]).toEqual([201, first.text, "true"]);
    await expectCleanSlate();
    const again = await readiness((matrix) => checksThatAnswer(matrix).length === healthyChecks.length);
    expect([again.status, checksThatAnswer(again.matrix)]).toEqual([200, healthyChecks]);
  });

  it("duplicates of a failing create fail alike, none hangs", async () => {
    const [caller, key] = [freshCaller(), freshKey()];
    await whileDown("tenant-postgres", async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => create(caller, key)));
      for (const answer of answers) expectError(answer, "provision_failed");
    });
    acknowledge(await expectHealed(caller, key));
    await expectCleanSlate();
  });
});

describe("without the bridge", () => {
  it("a create is 503 provisioner_unavailable and costs nothing; readyz says why and is 503", async () => {
    const caller = freshCaller();
    await whileDown("bridge", async () => {
      expectError(await create(caller), "provisioner_unavailable");
      const { status, matrix } = await readiness(({ checks }) => checks.provisioner_grpc?.status === "down");
      expect([status, matrix.ok, matrix.overall]).toEqual([503, false, "down"]);
      expect(matrix.checks.provisioner_grpc).toMatchObject({ latency_ms: -1, message: expect.any(String) });
      expect(matrix.checks.platform_db).toMatchObject({ status: "ok" });
      expect((await api.call("GET", "/healthz")).status).toBe(200);
    });
    acknowledge(await expectHealed(caller));
    await expectCleanSlate();
  });
});

describe("with a bridge that hangs", () => {
  it("a duplicate waits 10 s for the first one's answer, is then told to come back, and gets it in the end", async () => {
    const [caller, key] = [freshCaller(), freshKey()];
    own.service("bridge").kill("SIGSTOP");
    const first = create(caller, key);
    await untilCounted(caller);
    const beganAt = Date.now();
    expectError(await create(caller, key), "idempotency_key_in_progress", { retryAfter: 2 });
    expect(Date.now() - beganAt).toBeGreaterThan(9_000);
    const patient = create(caller, key);
    own.service("bridge").kill("SIGCONT");
    const [made, waited] = await Promise.all([first, patient]);
    acknowledge(made);
    expect([made.headers.get(REPLAY), waited.status, waited.text, waited.headers.get(REPLAY)]).toEqual([null, 201, made.text, "true"]);
    expect(allowances(waited).provisions?.remaining).toBe(FULL_DAY - 1);
    await expectCleanSlate();
  });
});

describe.each(["platform-postgres", "sql-endpoint"] as const)("without the %s", (service) => {
  it("nothing is made; healthz and readyz are 503; everything else is told apart", async () => {
    const caller = freshCaller();
    const { upgrade_jwt, id } = await api.create();
    acknowledged.add(id);
    await whileDown(service, async () => {
      expectError(await create(caller), "lookup_failed");
      expectError(await api.call("GET", `/claim/preview?t=${upgrade_jwt}`), "lookup_failed");
      expectError(await api.post({ name: "?" }), "invalid_name");
      const health = await api.call("GET", "/healthz");
      expect([health.status, healthSchema.parse(health.body).ok]).toEqual([503, false]);
      expect((await api.call("GET", "/livez")).status).toBe(200);
      const { status, matrix } = await readiness(({ checks }) => checks.platform_db?.status === "down");
      expect([status, matrix.ok, matrix.overall]).toEqual([503, false, "down"]);
      expect(matrix.checks.platform_db).toMatchObject({ latency_ms: -1, message: expect.any(String) });
    });
    acknowledge(await expectHealed(caller));
    expect((await api.call("GET", "/healthz")).status).toBe(200);
    await expectCleanSlate();
  });
});

describe("a restart of the Worker", () => {
  it("forgets nothing: counts, keys and answers are still there", async () => {
    const [caller, key] = [freshCaller(), freshKey()];
    const first = await create(caller, key);
    acknowledge(first);
    await own.service("worker").restart();
    const replay = await create(caller, key);
    expect([replay.status, replay.text, replay.headers.get(REPLAY)]).toEqual([201, first.text, "true"]);
    expect(allowances(replay).provisions?.remaining).toBe(FULL_DAY - 1);
    await expectCleanSlate();
  });
});
