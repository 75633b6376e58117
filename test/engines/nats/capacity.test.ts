/** A server takes as many queues as it can reserve storage for, and as its configuration says; then 503 `capacity`, and no half of a queue. */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { type Answer, startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { startTestNats } from "../../support/nats.ts";
import { queueOf, useQueue } from "../../support/nats-client.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";
import { expectCleanSlate, makeTenant, useEngine } from "../suite/subject.ts";
import { filesOf, natsSubject, QUEUE_LIMITS } from "./subject.ts";

/** Three queues of 8 MB, and not quite four. */
const bench = useEngine(natsSubject({ storage: "31MB" }));
const codes = (answers: readonly Answer[]) => answers.map(({ body, status }) => (status === 200 ? "ok" : String(body.error)));
const create = (t: TestBridge = bench.t, limits = QUEUE_LIMITS, id: string = randomUUID()) => t.run(bench.jobs.createJob(id, 1, limits));

async function dropAll(t: TestBridge): Promise<void> {
  const { rows } = await t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await t.run(bench.jobs.dropJob(resource_id, 99));
}

afterEach(async () => {
  await dropAll(bench.t);
  await expectCleanSlate(bench);
});

/** A bridge of another registry, or with another entry for the same server. */
async function withBridge(options: Parameters<typeof startTestBridge>[0], work: (t: TestBridge) => Promise<void>): Promise<void> {
  const t = await startTestBridge(options);
  try {
    await work(t);
    await dropAll(t);
  } finally {
    await t.close();
  }
}

test("n - 1 and n queues are made, n + 1 is refused, and a drop makes room again", async () => {
  const first = randomUUID();
  const answers = [await create(bench.t, QUEUE_LIMITS, first), await create(), await create(), await create()];
  expect(codes(answers)).toEqual(["ok", "ok", "ok", "capacity"]);
  expect([answers[3]?.status, answers[3]?.headers.get("retry-after")]).toEqual([503, "30"]);
  await bench.t.run(bench.jobs.dropJob(first));
  expect(codes([await create(), await create()])).toEqual(["ok", "capacity"]);
});

test("twice as many as fit, at once: exactly n are made, and all of them work", async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => create()));
  expect(codes(answers).sort()).toEqual([...Array(3).fill("capacity"), ...Array(3).fill("ok")]);
});

describe("a server whose storage somebody else has reserved", () => {
  test("refuses the create though the registry has room; nothing of it is left, and its retry works when there is room", async () => {
    const registryServer = await sharedRegistryServer();
    await withBridge({ registryServer, env: bench.server.env }, async (other) => {
      expect(codes([await create(other), await create(other), await create(other)])).toEqual(["ok", "ok", "ok"]);
      const id = randomUUID();
      const refused = await create(bench.t, QUEUE_LIMITS, id);
      expect([refused.status, refused.body.error]).toEqual([503, "capacity"]);
      const { rows } = await bench.t.registry.query<{ name: string; state: string }>(
        "SELECT name, state FROM tenants WHERE resource_id = $1",
        [id],
      );
      expect(rows).toMatchObject([{ state: "creating" }]);
      expect(filesOf(bench.server, rows[0]?.name ?? "")).toEqual([]);
      await dropAll(other);
      const { body } = await create(bench.t, QUEUE_LIMITS, id);
      expect(await useQueue(queueOf(body.grant as Parameters<typeof queueOf>[0]))).toBe("ok");
    });
  });

  test("two registries on one server list, measure and drop each only their own", async () => {
    const registryServer = await sharedRegistryServer();
    const mine = await makeTenant(bench);
    await withBridge({ registryServer, env: bench.server.env }, async (other) => {
      await create(other);
      for (const t of [bench.t, other]) {
        t.clock.advance(180_000);
        expect((await t.bridge.reconcileOnce()).findings).toEqual({ undropped: [], strangers: [], missing: [], stale: [] });
      }
    });
    expect(await useQueue(queueOf(mine.grant))).toBe("ok");
  });
});

describe("as its configuration says", () => {
  test.each([
    ["max_accounts", { max_accounts: 2 }, ["ok", "ok", "capacity"]],
    ["storage kept back for upgrades", { storage_kept_back_percent: 60 }, ["ok", "capacity"]],
    ["a full disk", { disk_path: "/", disk_free_min_percent: 100 }, ["capacity"]],
    ["a disk with room", { disk_path: "/", disk_free_min_percent: 0 }, ["ok"]],
  ])("%s", async (_what, changes, expected) => {
    await withBridge({ like: bench.t, env: bench.server.entry(changes) }, async (t) => {
      const answers: Answer[] = [];
      for (const _ of expected) answers.push(await create(t));
      expect(codes(answers)).toEqual(expected);
    });
  });

  test("its connections are promised as often as it says, and no more", async () => {
    const [server, registryServer] = [await startTestNats({ settings: "max_connections: 24" }), await sharedRegistryServer()];
    try {
      // 24 less 10 for proofs.
      await withBridge({ registryServer, env: server.env }, async (t) => {
        const take = (connections: number) => create(t, { ...QUEUE_LIMITS, connections });
        expect(codes([await take(13), await take(2), await take(1), await take(1)])).toEqual(["ok", "capacity", "ok", "capacity"]);
      });
    } finally {
      await server.dispose();
    }
  });
});
