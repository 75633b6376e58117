/** PostgreSQL's ready-made tenants keep what every engine's do. */
import { escapeIdentifier } from "pg";
import { expect, test } from "vitest";
import { tenantLimits } from "../../../contract/kinds.ts";
import { describePool, usePool } from "../suite/pool.ts";
import { postgresSubject, sqlOn } from "./subject.ts";

const anonymous = tenantLimits("postgres", "anonymous");
const MINUTE_MS = 60_000;
const PATIENCE = { timeout: 40_000 };

const bench = usePool(postgresSubject);

describePool(bench, {
  anonymous,
  spoil: async (server, name) => void (await sqlOn(server, `ALTER ROLE ${escapeIdentifier(name)} PASSWORD NULL`)),
});

test("a proof that fails for want of a connection costs no tenant its place", async () => {
  const { registry, logs, clock } = bench.t;
  const ready = async () =>
    (
      await registry.query<{ name: string }>("SELECT name FROM tenants WHERE state = 'ready' AND resource_id IS NULL ORDER BY name")
    ).rows.map(({ name }) => name);
  const limitAll = async (names: readonly string[], connections: number) => {
    for (const name of names) await sqlOn(bench.server, `ALTER ROLE ${escapeIdentifier(name)} CONNECTION LIMIT ${connections}`);
  };
  const before = await ready();
  expect(before.length).toBeGreaterThan(0);
  await limitAll(before, 0);
  clock.advance(20 * MINUTE_MS);
  await expect.poll(() => logs.filter((line) => line.includes("unclear")).length, PATIENCE).toBeGreaterThanOrEqual(before.length);
  expect(await ready()).toEqual(before);
  await limitAll(before, anonymous.connections);
});
