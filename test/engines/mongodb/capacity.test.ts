/** A server takes as many tenants as its configuration says, exactly, also when they come at once; then 503 `capacity`. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { type Answer, startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";
import { useEngine } from "../suite/subject.ts";
import { describeMongodb, mongodbSubject } from "./fixture.ts";

describeMongodb("capacity", () => {
  const bench = useEngine(mongodbSubject({ max_databases: 3 }));
  const { createJob, dropJob, limitJob } = bench.jobs;
  const create = (t: TestBridge, connections = 2, id: string = randomUUID()) => t.run(createJob(id, 1, { connections, storage_mb: 5 }));
  const codes = (answers: readonly Answer[]) => answers.map(({ body, status }) => (status === 200 ? "ok" : String(body.error)));

  /** Runs `work` with a bridge whose server is configured otherwise, and drops what it made. */
  async function withServer(changes: Record<string, unknown>, work: (t: TestBridge) => Promise<void>): Promise<void> {
    const registryServer = await sharedRegistryServer();
    const t = await startTestBridge({ registryServer, env: bench.server.mongodb.env(changes) });
    try {
      await work(t);
      const { rows } = await t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
      await Promise.all(rows.map((row) => t.run(dropJob(row.resource_id, 99))));
    } finally {
      await t.close();
    }
  }

  test("n - 1 and n databases are made, n + 1 is refused, and a drop makes room again", async () => {
    const first = randomUUID();
    const answers = [await create(bench.t, 2, first), await create(bench.t), await create(bench.t), await create(bench.t)];
    expect(codes(answers)).toEqual(["ok", "ok", "ok", "capacity"]);
    expect([answers[3]?.status, answers[3]?.headers.get("retry-after")]).toEqual([503, "30"]);
    await bench.t.run(dropJob(first));
    expect(codes([await create(bench.t), await create(bench.t)])).toEqual(["ok", "capacity"]);
  });

  test("twice as many as fit, at once, also through two bridges: exactly n are made", async () => {
    await withServer({ max_databases: 4 }, async (t) => {
      const other = await startTestBridge({ like: t });
      const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => create(index % 2 === 0 ? t : other)));
      await other.close();
      expect(codes(answers).sort()).toEqual([...Array(4).fill("capacity"), ...Array(4).fill("ok")]);
    });
  });

  test("connections are promised as often as the configuration says, and no more; an upgrade is never refused", async () => {
    const { connections } = await bench.server.mongodb.command({ serverStatus: 1 });
    const budget = connections.current + connections.available - 5 - 5;
    await withServer({ connection_oversubscription: 1, admin_connections: 5, readiness_reserve: 5 }, async (t) => {
      const id = randomUUID();
      expect(codes([await create(t, budget - 2, id), await create(t, 3), await create(t, 2), await create(t, 1)])).toEqual([
        "ok",
        "capacity",
        "ok",
        "capacity",
      ]);
      expect((await t.run(limitJob(id, 2, { connections: budget * 2, storage_mb: 5 }))).status).toBe(200);
    });
  });

  test.each([
    [0, "ok", undefined],
    [100, "capacity", "no server has room"],
  ])("with a disk that must be %i per cent free: %s", async (disk_free_min_percent, expected, message) => {
    await withServer({ disk_free_min_percent }, async (t) => {
      expect(codes([await create(t)])).toEqual([expected]);
      const ready = readinessSchema.parse(await (await fetch(`${t.url}/readyz`)).json());
      expect([ready.ok, ready.checks.mongodb?.message]).toEqual([true, message]);
    });
  });
});
