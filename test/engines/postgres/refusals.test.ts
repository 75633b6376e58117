/** Every refusal of the contract, provoked from outside: its code, its status, whether to try again, the envelope. */
import { randomUUID } from "node:crypto";
import { generateKeyPair, SignJWT } from "jose";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorEnvelopeSchema } from "../../../contract/errors.ts";
import { JOB_MAX_BYTES, REFUSALS, type RefusalCode } from "../../../contract/jobs.ts";
import {
  type Answer,
  BRIDGE_ID,
  createJob,
  dropJob,
  KID,
  LIMITS,
  limitJob,
  rotateJob,
  startTestBridge,
  type TestBridge,
} from "../../support/bridge.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import { makeTenant, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
/** A second, small platform whose servers are stopped. */
let gone: { postgres: TestPostgres; registryServer: TestPostgres; t: TestBridge };

beforeAll(async () => {
  const [postgres, registryServer] = await Promise.all([startTestPostgres({ alone: true }), startTestPostgres({ alone: true })]);
  gone = { postgres, registryServer, t: await startTestBridge({ postgres, registryServer }) };
});
afterAll(async () => {
  await gone?.t.close();
  await Promise.all([gone?.postgres.dispose(), gone?.registryServer.dispose()]);
});

const id = () => randomUUID();
const iat = () => Math.floor(Date.now() / 1000);

async function withLike(options: Parameters<typeof startTestBridge>[0], work: (t: TestBridge) => Promise<Answer>): Promise<Answer> {
  const t = await startTestBridge(options);
  try {
    return await work(t);
  } finally {
    await t.close();
  }
}

const ways: Record<RefusalCode, () => Promise<Answer>> = {
  malformed_job: async () => fixture.t.post("not a job"),
  unknown_key: async () => {
    const { privateKey } = await generateKeyPair("EdDSA");
    return fixture.t.post(await new SignJWT({}).setProtectedHeader({ alg: "EdDSA", kid: "unknown" }).sign(privateKey));
  },
  invalid_signature: async () => {
    const { privateKey } = await generateKeyPair("EdDSA");
    return fixture.t.post(await new SignJWT({}).setProtectedHeader({ alg: "EdDSA", kid: KID }).sign(privateKey));
  },
  job_expired: async () => fixture.t.post(await fixture.t.sign(createJob(id()), "j", { exp: iat() + 120 })),
  wrong_audience: async () => fixture.t.post(await fixture.t.sign(createJob(id()), "j", { aud: `not-${BRIDGE_ID}` })),
  unknown_engine: async () =>
    withLike({ postgres: fixture.postgres, like: fixture.t, env: { BRIDGE_POSTGRES_SERVERS: "[]" } }, (t) => t.run(createJob(id()))),
  unknown_tenant: async () => fixture.t.run(rotateJob(id(), 2, 1)),
  job_conflict: async () => {
    const { id: made } = await makeTenant(fixture);
    const answer = await fixture.t.run(createJob(made, 1, { ...LIMITS, connections: 99 }));
    await fixture.t.run(dropJob(made));
    return answer;
  },
  stale_generation: async () => {
    const { id: made } = await makeTenant(fixture);
    await fixture.t.run(limitJob(made, 3, LIMITS));
    const answer = await fixture.t.run(dropJob(made, 2));
    await fixture.t.run(dropJob(made, 4));
    return answer;
  },
  resource_gone: async () => {
    const { id: made } = await makeTenant(fixture);
    await fixture.t.run(dropJob(made));
    return fixture.t.run(createJob(made));
  },
  payload_too_large: async () => fixture.t.post("x".repeat(JOB_MAX_BYTES + 1)),
  internal_error: async () => {
    fixture.failAt("bridge.create.before_registry");
    return fixture.t.run(createJob(id()));
  },
  capacity: async () =>
    withLike({ postgres: fixture.postgres, like: fixture.t, server: { connection_oversubscription: 1 } }, (t) =>
      t.run(createJob(id(), 1, { connections: 1_000, storage_mb: 10 })),
    ),
  engine_unavailable: async () => {
    await gone.postgres.halt("stop");
    return gone.t.run(createJob(id()));
  },
  registry_unavailable: async () => {
    await gone.registryServer.halt("stop");
    return gone.t.run(createJob(id()));
  },
  resource_busy: async () => {
    const busy = id();
    const client = new pg.Client({ connectionString: fixture.t.env.BRIDGE_REGISTRY_URL });
    await client.connect();
    await client.query("SELECT pg_advisory_lock(hashtextextended($1, 1))", [busy]);
    const answer = await fixture.t.run(createJob(busy));
    await client.end();
    return answer;
  },
};

test.each(Object.entries(ways))("%s", async (code, provoke) => {
  const { status, retry } = REFUSALS[code as RefusalCode];
  const begun = performance.now();
  const answer = await provoke();
  const envelope = errorEnvelopeSchema.parse(answer.body);
  expect([envelope.error, answer.status]).toEqual([code, status]);
  expect(envelope.retry_after_seconds === null).toBe(!retry);
  expect(answer.headers.get("retry-after")).toBe(retry ? String(envelope.retry_after_seconds) : null);
  expect(answer.headers.get("x-request-id")).toBe(envelope.request_id);
  expect(performance.now() - begun).toBeLessThan(8_000);
});

test("refused jobs leave nothing behind", () => verifyCleanSlate(fixture));
