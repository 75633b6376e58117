/** A server takes as many tenants as its configuration says, exactly, also when they come at once; then 503 `capacity`. */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { readinessSchema } from "../../../contract/readiness.ts";
import { type Answer, createJob, dropJob, limitJob, startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { makeTenant, useBridge } from "./fixture.ts";

const MAX_CONNECTIONS = 24;
/** 24 slots less 3 of superusers and 5 of readiness checks. */
const USABLE = 16;
const fixture = useBridge({
  cluster: { settings: { max_connections: String(MAX_CONNECTIONS) } },
  platform: {},
  server: { max_databases: 3 },
});

/** Runs `work` with a bridge whose server is configured otherwise, and drops what it made. */
async function withServer(server: Record<string, unknown>, work: (t: TestBridge) => Promise<void>): Promise<void> {
  const t = await startTestBridge({ postgres: fixture.postgres, registryServer: fixture.platform(), server });
  try {
    await work(t);
    const rows = (await t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'")).rows;
    await Promise.all(rows.map((row) => t.run(dropJob(row.resource_id, 99))));
  } finally {
    await t.close();
  }
}

const create = (t: TestBridge, connections = 2) => t.run(createJob(randomUUID(), 1, { connections, storage_mb: 10 }));
const codes = (answers: readonly Answer[]) => answers.map(({ body, status }) => (status === 200 ? "ok" : String(body.error)));

test("n - 1 and n databases are made, n + 1 is refused, and a drop makes room again", async () => {
  const answers: Answer[] = [];
  const first = randomUUID();
  answers.push(await fixture.t.run(createJob(first)));
  for (let count = 0; count < 3; count += 1) answers.push(await create(fixture.t));
  expect(codes(answers)).toEqual(["ok", "ok", "ok", "capacity"]);
  expect([answers[3]?.status, answers[3]?.headers.get("retry-after")]).toEqual([503, "30"]);
  await fixture.t.run(dropJob(first));
  expect(codes([await create(fixture.t), await create(fixture.t)])).toEqual(["ok", "capacity"]);
  expect(await fixture.registry("SELECT 1 FROM tenants WHERE state <> 'dropped'")).toHaveLength(3);
});

test("twice as many as fit, at once, also through two bridges: exactly n are made", async () => {
  await withServer({ max_databases: 4 }, async (t) => {
    const other = await startTestBridge({ postgres: fixture.postgres, like: t });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => create(index % 2 === 0 ? t : other)));
    await other.close();
    expect(codes(answers).sort()).toEqual([...Array(4).fill("capacity"), ...Array(4).fill("ok")]);
  });
});

test.each([
  [1, USABLE],
  [1.5, USABLE * 1.5],
])("with an oversubscription of %f, %i connections are promised and no more", async (connection_oversubscription, budget) => {
  await withServer({ connection_oversubscription }, async (t) => {
    const answers = [await create(t, budget - 1), await create(t, 2), await create(t, 1), await create(t, 1)];
    expect(codes(answers)).toEqual(["ok", "capacity", "ok", "capacity"]);
  });
});

test("with one administrative connection, creates that come at once are all made: none waits for a second one while it holds the first", async () => {
  await withServer({ max_databases: 9, admin_connections: 1 }, async (t) => {
    const answers = await Promise.all([create(t), create(t), create(t)]);
    expect(codes(answers)).toEqual(["ok", "ok", "ok"]);
  });
});

test("a tenant without a connection limit counts as one of the largest", async () => {
  await withServer({ connection_oversubscription: 2 }, async (t) => {
    expect(codes([await create(t, -1), await create(t, -1), await create(t, 12)])).toEqual(["ok", "capacity", "ok"]);
  });
});

test("an upgrade is never refused for lack of room: running apps go on", async () => {
  await withServer({ connection_oversubscription: 1 }, async (t) => {
    const id = randomUUID();
    await t.run(createJob(id, 1, { connections: USABLE, storage_mb: 10 }));
    expect(codes([await t.run(limitJob(id, 2, { connections: USABLE * 2, storage_mb: 10 })), await create(t, 1)])).toEqual([
      "ok",
      "capacity",
    ]);
  });
});

test.each([
  [0, "ok"],
  [100, "capacity"],
])("with a disk that must be %i per cent free: %s", async (disk_free_min_percent, expected) => {
  await withServer({ disk_path: tmpdir(), disk_free_min_percent }, async (t) => {
    expect(codes([await create(t)])).toEqual([expected]);
  });
});

describe("a server whose connections are nearly all in use", () => {
  test("takes nobody, tells so at once and in readyz, still drops, and recovers", async () => {
    await withServer({ connection_oversubscription: 100 }, async (t) => {
      const crowd = await makeTenant({ ...fixture, t }, { connections: 100, storage_mb: 10 });
      const clients: pg.Client[] = [];
      try {
        // Every slot a tenant can have, the reserve included.
        for (;;) {
          const client = new pg.Client({ connectionString: crowd.url });
          client.on("error", () => {});
          clients.push(client);
          if (
            (await client.connect().then(
              () => "ok",
              () => "full",
            )) === "full"
          )
            break;
        }
        expect(codes([await create(t)])).toEqual(["capacity"]);
        expect(await t.registry.query("SELECT 1 FROM tenants").then(({ rowCount }) => rowCount)).toBe(1);
        const ready = readinessSchema.parse(await (await fetch(`${t.url}/readyz`)).json());
        expect([ready.overall, ready.checks.customer_db?.message]).toEqual(["degraded", "no server has room"]);
        expect((await t.run(dropJob(crowd.id))).status).toBe(200);
      } finally {
        await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      }
      expect(codes([await create(t)])).toEqual(["ok"]);
    });
  });
});
