/** What the bridge reports is written once, in the order it was measured, and only where somebody lives. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { createNeonDatabase } from "../../worker/platform-db/neon.ts";
import { changeAccess, findLimitStragglers, recordLimited, recordSizes, renewLimit } from "../../worker/platform-db/usage.ts";
import { query } from "../support/postgres-client.ts";
import { api, stack } from "../support/shared-stack.ts";

const db = createNeonDatabase(stack.platformUrl, stack.sqlUrl);
/** Later than anything this stack's own metering measures. */
const at = (second: number) => new Date(Date.UTC(2100, 0, 1, 0, 0, second));
const NOW = new Date();

const report = (jti: string = randomUUID(), contentHash = "content") => ({ jti, contentHash, receivedAt: NOW });
const sizes = (id: string, bytes: number, second: number) => ({ measuredAt: at(second), sizes: [{ resource_id: id, bytes }] });
const bytesOf = async (id: string) =>
  Number((await query(stack.platformUrl, "SELECT storage_bytes FROM resources WHERE id = $1", [id]))[0]?.storage_bytes);
const rowOf = async (id: string) =>
  (await query(stack.platformUrl, "SELECT generation, access, access_reason, limit_generation FROM resources WHERE id = $1", [id]))[0];

it("the same report twice writes once and says the same; another one under its id is told apart and writes nothing", async () => {
  const { id } = await api.create();
  const first = report();
  const expected = [{ id, kind: "postgres", tier: "anonymous", storage_bytes: 5, access: "full", is_settled: true }];
  for (const _ of ["first", "again"]) expect(await recordSizes(db, first, sizes(id, 5, 1))).toEqual(expected);
  expect(await recordSizes(db, report(first.jti, "other content"), sizes(id, 6, 2))).toBeNull();
  expect(await bytesOf(id)).toBe(5);
});

it("an older measurement that arrives late overwrites nothing, a newer one does", async () => {
  const { id } = await api.create();
  await recordSizes(db, report(), sizes(id, 20, 2));
  expect(await recordSizes(db, report(), sizes(id, 10, 1))).toEqual([]);
  expect(await bytesOf(id)).toBe(20);
  await recordSizes(db, report(), sizes(id, 30, 3));
  expect(await bytesOf(id)).toBe(30);
});

it("a measurement says whether anything was decided about the resource since, or is still to be done", async () => {
  const { id } = await api.create();
  const settled = async (second: number) => (await recordSizes(db, report(), sizes(id, 5, second)))?.map(({ is_settled }) => is_settled);
  const decide = (generation: number | null, second: number) =>
    query(stack.platformUrl, "UPDATE resources SET limit_generation = $2, changed_at = $3 WHERE id = $1", [id, generation, at(second)]);
  await decide(2, 1);
  expect(await settled(2), "still to be done").toEqual([false]);
  await decide(null, 4);
  expect([await settled(3), await settled(4), await settled(5)], "before, at and after").toEqual([[false], [true], [true]]);
});

it("unknown resources and those that are going away are passed over, the others of the report are not", async () => {
  const [living, going] = [await api.create(), await api.create()];
  await query(stack.platformUrl, "UPDATE resources SET status = 'dropping', generation = 2, drop_reason = 'deleted' WHERE id = $1", [
    going.id,
  ]);
  const all = [living.id, going.id, randomUUID()].map((resource_id) => ({ resource_id, bytes: 2 ** 40 }));
  expect((await recordSizes(db, report(), { measuredAt: at(1), sizes: all }))?.map(({ id }) => id)).toEqual([living.id]);
  expect(await bytesOf(living.id)).toBe(2 ** 40);
});

it("access changes once, only from what it was judged by, and under the next generation", async () => {
  const { id } = await api.create();
  await recordSizes(db, report(), sizes(id, 99, 1));
  const change = [{ id, from: "full", to: "read_only" }] as const;
  expect(await changeAccess(db, change, at(0), NOW), "another measurement").toEqual([]);
  const job = {
    verb: "limit",
    resourceId: id,
    kind: "postgres",
    generation: 2,
    limits: { storage_mb: 10, connections: 2 },
    access: "read_only",
  };
  expect(await changeAccess(db, change, at(1), NOW)).toEqual([job]);
  expect(await changeAccess(db, change, at(1), NOW), "again").toEqual([]);
  expect(await rowOf(id)).toEqual({ generation: 2, access: "read_only", access_reason: "storage_limit_exceeded", limit_generation: 2 });
  expect(await findLimitStragglers(db, new Date(NOW.getTime() + 1), 10)).toContainEqual(job);

  expect(await renewLimit(db, id, 1, NOW), "not the newest").toBeNull();
  expect(await renewLimit(db, id, 2, NOW)).toBe(3);
  await recordLimited(db, id, 2);
  expect((await rowOf(id))?.limit_generation, "an older job is no answer to a newer one").toBe(3);
  await recordLimited(db, id, 3);
  expect(await rowOf(id)).toEqual({ generation: 3, access: "read_only", access_reason: "storage_limit_exceeded", limit_generation: null });
});
