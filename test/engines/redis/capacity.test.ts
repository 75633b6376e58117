/** A server takes as many tenants and promises as much memory as its configuration says, exactly; then 503 `capacity`. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { type Answer, startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { canUse, commands, ordinaryClient, outcomeOf, prefixOf } from "../../support/redis.ts";
import { makeTenant } from "../suite/subject.ts";
import { LIMITS, useRedis } from "./subject.ts";

/** 32 of them are kept for the bridge. */
const MAX_CLIENTS = 80;
const MEMORY_MB = 64;
const bench = useRedis({ maxMemory: `${MEMORY_MB}mb`, settings: [`maxclients ${MAX_CLIENTS}`] });

/** Runs `work` with a bridge whose server is configured otherwise, and drops what it made. */
async function withServer(changes: Record<string, unknown>, work: (t: TestBridge) => Promise<void>): Promise<void> {
  const t = await startTestBridge({ like: bench.t, env: bench.server.redis.env(changes) });
  try {
    await work(t);
    const { rows } = await t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
    await Promise.all(rows.map((row) => t.run(bench.jobs.dropJob(row.resource_id, 99))));
  } finally {
    await t.close();
  }
}

const create = (t: TestBridge, storage_mb = 5, id: string = randomUUID()) => t.run(bench.jobs.createJob(id, 1, { ...LIMITS, storage_mb }));
const codes = (answers: readonly Answer[]) => answers.map(({ body, status }) => (status === 200 ? "ok" : String(body.error)));

test("n - 1 and n tenants are made, n + 1 is refused, and a drop makes room again", async () => {
  await withServer({ max_tenants: 3 }, async (t) => {
    const first = randomUUID();
    const answers = [await create(t, 5, first), await create(t), await create(t), await create(t)];
    expect(codes(answers)).toEqual(["ok", "ok", "ok", "capacity"]);
    expect([answers[3]?.status, answers[3]?.headers.get("retry-after")]).toEqual([503, "30"]);
    await t.run(bench.jobs.dropJob(first));
    expect(codes([await create(t), await create(t)])).toEqual(["ok", "capacity"]);
  });
});

test("twice as many as fit, at once, also through two bridges: exactly n are made", async () => {
  await withServer({ max_tenants: 4 }, async (t) => {
    const other = await startTestBridge({ like: t });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => create(index % 2 === 0 ? t : other)));
    await other.close();
    expect(codes(answers).sort()).toEqual([...Array(4).fill("capacity"), ...Array(4).fill("ok")]);
  });
});

test.each([
  [1, MEMORY_MB],
  [1.5, MEMORY_MB * 1.5],
])("with an oversubscription of %f, %i MiB are promised and no more", async (memory_oversubscription, budget) => {
  await withServer({ memory_oversubscription }, async (t) => {
    const answers = [await create(t, budget - 1), await create(t, 2), await create(t, 1), await create(t, 1)];
    expect(codes(answers)).toEqual(["ok", "capacity", "ok", "capacity"]);
  });
});

test("a server whose memory is nearly full takes nobody and says so in readyz, still drops, and recovers", async () => {
  const made = await makeTenant(bench);
  const block = "x".repeat(1_000_000);
  for (let index = 0; index < 60; index += 1) await bench.server.redis.admin("SET", `ballast:${index}`, block);
  expect(codes([await create(bench.t)])).toEqual(["capacity"]);
  bench.t.clock.advance(60_000);
  const ready = readinessSchema.parse(await (await fetch(`${bench.t.url}/readyz`)).json());
  expect([ready.overall, ready.checks.redis_provision?.message]).toEqual(["degraded", "no server has room"]);
  expect((await bench.t.run(bench.jobs.dropJob(made.id))).status).toBe(200);
  await bench.server.redis.admin("FLUSHALL");
  expect(codes([await create(bench.t)])).toEqual(["ok"]);
});

test("a full server gives a tenant it has forgotten back all the same: it must be able to come in and delete", async () => {
  const made = await makeTenant(bench);
  const limit = (maxMemory: string) => bench.server.redis.admin("CONFIG", "SET", "maxmemory", maxMemory);
  await limit("100kb");
  expect(await canUse(made.grant.connection_url)).toBe("OOM");
  await bench.server.redis.admin("ACL", "DELUSER", made.name);
  await bench.t.bridge.reconcileOnce();
  expect(await canUse(made.grant.connection_url)).toBe("OOM");
  await limit(`${MEMORY_MB}mb`);
  expect(await canUse(made.grant.connection_url)).toBe("ok");
});

test("one value may be as large as the server says, and not a byte larger", async () => {
  const { grant } = await makeTenant(bench);
  const key = `${prefixOf(grant.connection_url)}large`;
  const write = (bytes: number) => commands(grant.connection_url, [["SET", key, "x".repeat(bytes)]]);
  const LARGEST = 2 * 1_048_576;
  await bench.server.redis.admin("CONFIG", "SET", "proto-max-bulk-len", String(LARGEST));
  for (const bytes of [LARGEST - 1, LARGEST]) expect(await outcomeOf(write(bytes))).toBe("ok");
  expect(await outcomeOf(write(LARGEST + 1))).not.toBe("ok");
  expect(await commands(grant.connection_url, [["STRLEN", key]])).toEqual([LARGEST]);
});

test("a server whose connections are nearly all in use takes nobody, still drops, and recovers", async () => {
  const made = await makeTenant(bench);
  const crowd = Array.from({ length: MAX_CLIENTS - 30 }, () => ordinaryClient(made.grant.connection_url));
  try {
    for (const client of crowd) await client.connect();
    expect(codes([await create(bench.t)])).toEqual(["capacity"]);
    expect((await bench.t.run(bench.jobs.dropJob(made.id))).status).toBe(200);
  } finally {
    for (const client of crowd) client.destroy();
  }
  await expect.poll(async () => codes([await create(bench.t)])).toEqual(["ok"]);
});
