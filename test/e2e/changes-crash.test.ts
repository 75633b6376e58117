/** A Worker that is killed in the middle of a change leaves it to whoever comes next: one rotation, one deletion, one cut, whole. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type FaultHook, startFaultHook } from "../faults/hook.ts";
import type { FaultPoint } from "../faults/points.ts";
import { freshEmail, newAccount, newestLink, pressButton, sessionOf } from "../support/accounts.ts";
import { type Created, expectError } from "../support/answers.ts";
import { type Api, apiOf } from "../support/api.ts";
import { resourceRow } from "../support/inspect.ts";
import { killedAt } from "../support/killed.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { query, refusalOf, withClient } from "../support/postgres-client.ts";
import { holderOf, resourcePath } from "../support/resources.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const EVERY_MINUTE = "* * * * *";
const SETTLED_MS = 30_000;
const WRONG_PASSWORD = "28P01";
const NO_LOGIN = "28000";
const READ_ONLY_TRANSACTION = "25006";

let hook: FaultHook;
let own: TestStack;
let api: Api;

beforeAll(async () => {
  hook = await startFaultHook();
  own = await startTestStack({
    engines: ["postgres"],
    workerVars: { FAULT_HOOK_URL: hook.url },
    bridgeEnv: { BRIDGE_METERING_SECONDS: "1" },
  });
  api = apiOf(own.facts);
});
afterAll(async () => {
  if (own) await expectNoLeaks(own.facts).finally(() => own.dispose());
  await hook?.close();
});

const platform = (text: string, values: unknown[] = []) => query(own.facts.platformUrl, text, values);

const killed = (point: FaultPoint, id: string | undefined, act: () => Promise<unknown>) =>
  killedAt({ hook, stack: own, point, ...(id === undefined ? {} : { id }) }, act);

/** What the cron looks for is a minute old. */
async function cronFindsIt(id: string): Promise<void> {
  await platform(
    "UPDATE resources SET changed_at = changed_at - interval '80 seconds', status_changed_at = status_changed_at - interval '80 seconds' WHERE id = $1",
    [id],
  );
  await own.runCron(EVERY_MINUTE);
}

async function fill({ connection_url }: Created): Promise<void> {
  await withClient(connection_url, async (client) => {
    await client.query("CREATE TABLE filling (text text)");
    await client.query("ALTER TABLE filling ALTER text SET STORAGE PLAIN");
    await client.query("INSERT INTO filling SELECT repeat('x', 1000) FROM generate_series(1, 32000)");
  });
}

describe.each(["worker.rotate.after_begin", "worker.rotate.after_job", "worker.rotate.after_row"] as const)(
  "a rotation cut off at %s",
  (point) => {
    const cutOff = async () => {
      const created = await api.create();
      expect(await killed(point, created.id, () => holderOf(api, created).rotate())).toBe("broken");
      return created;
    };
    const rotationOf = async ({ id }: Created) =>
      (await platform("SELECT rotation, rotate_generation, generation FROM resources WHERE id = $1", [id]))[0];
    const ONCE = { rotation: 1, rotate_generation: null, generation: 2 };

    it("is ended by whoever reveals: a password that works, the old one dead", async () => {
      const created = await cutOff();
      const { connection_url } = (await holderOf(api, created).credentials()).body as Created;
      expect([await refusalOf(connection_url, "SELECT 1"), await refusalOf(created.connection_url, "SELECT 1")]).toEqual([
        null,
        WRONG_PASSWORD,
      ]);
      expect(await rotationOf(created)).toEqual(ONCE);
    });

    it("is ended by the cron", async () => {
      const created = await cutOff();
      await cronFindsIt(created.id);
      expect(await rotationOf(created)).toEqual(ONCE);
      const { connection_url } = (await holderOf(api, created).credentials()).body as Created;
      expect([await refusalOf(connection_url, "SELECT 1"), await refusalOf(created.connection_url, "SELECT 1")]).toEqual([
        null,
        WRONG_PASSWORD,
      ]);
    });
  },
);

describe("a rotation that others come between", () => {
  /** Holds a rotation between the engine and its row while `meanwhile` happens. */
  async function heldUp(created: Created, meanwhile: () => Promise<void>) {
    const shot = hook.arm({ point: "worker.rotate.after_job", matches: (met) => met === created.id, fire: meanwhile });
    const answer = await holderOf(api, created).rotate();
    await shot.fired;
    return answer;
  }
  const rotated = async (created: Created): Promise<string> => {
    const answer = await holderOf(api, created).rotate();
    expect(answer.status, answer.text).toBe(200);
    return (answer.body as Created).connection_url;
  };

  it("is refused when a claim has given the resource a later password: none is answered that is dead", async () => {
    const created = await api.create();
    const email = freshEmail();
    await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email, rotate: true } });
    const link = await newestLink(api, email);
    expectError(await heldUp(created, async () => void sessionOf(await pressButton(api, link))), "update_failed");
    expect(await resourceRow(own.facts, created.id)).toMatchObject({ status: "active" });
    expect(await platform("SELECT rotation, rotate_generation FROM resources WHERE id = $1", [created.id])).toEqual([
      { rotation: 2, rotate_generation: null },
    ]);
  });

  it("is refused when its owner has begun another one since", async () => {
    const created = await api.create();
    let last = "";
    const answer = await heldUp(created, async () => {
      await rotated(created);
      last = await rotated(created);
    });
    expectError(answer, "update_failed");
    expect(await refusalOf(last, "SELECT 1")).toBeNull();
  });

  it("answers the same password as another try of the same rotation that was first", async () => {
    const created = await api.create();
    let first = "";
    const answer = await heldUp(created, async () => {
      first = await rotated(created);
    });
    expect([answer.status, (answer.body as Created).connection_url]).toEqual([200, first]);
    expect(await refusalOf(first, "SELECT 1")).toBeNull();
  });
});

it("a deletion cut off right after it was decided is decided: gone at once, and the cron sees to the rest", async () => {
  const created = await api.create();
  expect(await killed("worker.delete.after_row", created.id, () => holderOf(api, created).remove())).toBe("broken");
  expectError(await holderOf(api, created).get(), "not_found");
  await cronFindsIt(created.id);
  await vi.waitFor(async () => expect(await resourceRow(own.facts, created.id)).toMatchObject({ status: "dropped", generation: 2 }), {
    timeout: SETTLED_MS,
  });
});

it("a pause cut off right after it was decided is brought to the engine by the cron, and its retry answers", async () => {
  const account = await newAccount(api);
  await platform("UPDATE teams SET tier = 'pro' WHERE id = (SELECT team_id FROM resources WHERE id = $1)", [account.created.id]);
  const call = (rest: string) => api.call("POST", resourcePath(account.created, rest), { headers: account.bearer });
  const opens = () => refusalOf(account.created.connection_url, "SELECT 1");
  expect(await killedAt({ hook, stack: own, point: "worker.pause.after_row", id: account.created.id }, () => call("/pause"))).toBe(
    "broken",
  );
  await cronFindsIt(account.created.id);
  await vi.waitFor(async () => expect(await opens()).toBe(NO_LOGIN), { timeout: SETTLED_MS });
  expect(await killedAt({ hook, stack: own, point: "worker.pause.after_row", id: account.created.id }, () => call("/resume"))).toBe(
    "broken",
  );
  const retried = await call("/resume");
  // The outbox may have been first: then there is nothing left to resume.
  expect([200, 409], retried.text).toContain(retried.status);
  expect(await opens()).toBeNull();
});

it("a pause that loses to a resume says that it is active, in words as in its status; and the other way round", async () => {
  const account = await newAccount(api);
  await platform("UPDATE teams SET tier = 'pro' WHERE id = (SELECT team_id FROM resources WHERE id = $1)", [account.created.id]);
  const call = (verb: string) => api.call("POST", resourcePath(account.created, verb), { headers: account.bearer });
  for (const [loser, winner, status, message] of [
    ["/pause", "/resume", "active", /^Active/],
    ["/pause", null, "paused", /^Paused/],
    ["/resume", "/pause", "paused", /^Paused/],
  ] as const) {
    const fire = async () => {
      if (winner !== null) expect((await call(winner)).status).toBe(200);
    };
    const shot = hook.arm({ point: "worker.pause.after_row", matches: (met) => met === account.created.id, fire });
    const answer = await call(loser);
    await shot.fired;
    expect([answer.status, answer.body], answer.text).toMatchObject([
      200,
      { status, resource: { status }, message: expect.stringMatching(message) },
    ]);
  }
});

it("a pause while the bridge is away is decided and said to be on its way; sent again it answers when it is done", async () => {
  const account = await newAccount(api);
  await platform("UPDATE teams SET tier = 'pro' WHERE id = (SELECT team_id FROM resources WHERE id = $1)", [account.created.id]);
  const pause = () => api.call("POST", resourcePath(account.created, "/pause"), { headers: account.bearer });
  await own.service("bridge").stop();
  try {
    expectError(await pause(), "provider_failed");
    expectError(await pause(), "provider_failed");
  } finally {
    await own.service("bridge").start();
    await own.service("bridge").ready();
  }
  const answer = await pause();
  // The outbox may have been first: then there is nothing left to pause.
  expect([200, 409], answer.text).toContain(answer.status);
  expect(await refusalOf(account.created.connection_url, "SELECT 1")).toBe(NO_LOGIN);
});

it.each(["worker.claim.after_transfer", "worker.rotate.after_job", "worker.rotate.after_row"] as const)(
  "a claim that changes the password, cut off at %s, is ended by the cron: the old one dead, the new one shown",
  async (point) => {
    const created = await api.create();
    const email = freshEmail();
    await api.call("POST", "/claim", { body: { token: created.upgrade_jwt, email, rotate: true } });
    const link = await newestLink(api, email);
    expect(await killedAt({ hook, stack: own, point, id: created.id }, () => pressButton(api, link))).toBe("broken");
    await cronFindsIt(created.id);
    // The link was used up in the statement that moved everything; its owner signs in.
    await api.call("POST", "/auth/email/start", { body: { email } });
    const session = sessionOf(await pressButton(api, await newestLink(api, email)));
    const answer = await api.call("GET", resourcePath(created, "/credentials"), { headers: { Authorization: `Bearer ${session}` } });
    const { connection_url } = answer.body as Created;
    expect([await refusalOf(connection_url, "SELECT 1"), await refusalOf(created.connection_url, "SELECT 1")]).toEqual([
      null,
      WRONG_PASSWORD,
    ]);
    await vi.waitFor(
      async () =>
        expect(await platform("SELECT rotation, rotate_generation, limit_generation FROM resources WHERE id = $1", [created.id])).toEqual([
          { rotation: 1, rotate_generation: null, limit_generation: null },
        ]),
      { timeout: SETTLED_MS },
    );
  },
);

describe("a cut", () => {
  const isCut = async (created: Created) => {
    const open = () => platform("SELECT access, limit_generation FROM resources WHERE id = $1", [created.id]);
    await vi.waitFor(async () => expect(await open()).toEqual([{ access: "read_only", limit_generation: null }]), {
      timeout: SETTLED_MS,
      interval: 50,
    });
    expect(await refusalOf(created.connection_url, "INSERT INTO filling VALUES ('one more')")).toBe(READ_ONLY_TRANSACTION);
  };

  it("whose report was cut off between sizes and decision is decided when the bridge tells it again", async () => {
    const created = await api.create();
    await killed("worker.report.after_sizes", undefined, () => fill(created));
    await isCut(created);
  });

  it.each(["worker.limit.before_job", "worker.limit.after_job"] as const)("cut off at %s is done again", async (point) => {
    const created = await api.create();
    await killed(point, created.id, () => fill(created));
    await cronFindsIt(created.id);
    await isCut(created);
  });
});
