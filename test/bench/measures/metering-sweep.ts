/**
 * Whether the metering of 10,000 tenants slows a create. The registry gets rows up to that number; those without a database cost it
 * everything but the sizing. The bridge then meters without end, or not at all, in turns.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { percentiles } from "../../support/percentiles.ts";
import type { Measure } from "../measure.ts";
import { PreconditionError } from "../precondition.ts";
import { median, ratioByRounds } from "../turns.ts";
import { drainPool, settle, type World } from "../world.ts";
import { pacedCreates } from "./paced.ts";

const TENANTS = 10_000;
const CREATES = 10;
/** After a start of the bridge, through the same doors as a create: what it runs is compiled by then. */
const WARM_UP_CREATES = 60;
const UNDER_WAY_MS = 1_500;
const NEVER_SECONDS = "86400";

export const meteringSweep: Measure = {
  rows: ["during_metering"],
  async run({ world, rounds, say }) {
    if (world.stack.urls.engines.redis === undefined) throw new PreconditionError("redis does not run here");
    await drainPool(world);
    await world.filling.fillTo(2 * CREATES * rounds);
    await addGhosts(world);
    const [quiet, busy]: [number[][], number[][]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      say(`metering of ${TENANTS}, round ${round + 1} of ${rounds}`);
      await meterEvery(world, NEVER_SECONDS);
      quiet.push(await pacedCreates(world, CREATES));
      await meterEvery(world, "1");
      await delay(UNDER_WAY_MS);
      busy.push(await pacedCreates(world, CREATES));
    }
    await world.registry.query("DELETE FROM tenants WHERE name LIKE 'ghost\\_%'");
    world.stack.bridgeEnv.BRIDGE_METERING_SECONDS = NEVER_SECONDS;
    await world.stack.service("bridge").restart();
    const [before, during] = [percentiles(quiet.flat()), percentiles(busy.flat())];
    const note = `${during.p50.toFixed(1)} ms / ${before.p50.toFixed(1)} ms, n ${during.n} each; p95 ${during.p95.toFixed(1)} / ${before.p95.toFixed(1)} ms`;
    return { rows: [{ name: "during_metering", ...ratioByRounds(busy.map(median), quiet.map(median)), note }] };
  },
};

/** Rows of tenants that no server has: metered all the same. */
async function addGhosts({ registry }: World): Promise<void> {
  const { rows } = await registry.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM tenants WHERE engine = 'postgres' AND state = 'active'",
  );
  const ids = Array.from({ length: Math.max(0, TENANTS - (rows[0]?.count ?? 0)) }, () => randomUUID());
  await registry.query(
    `INSERT INTO tenants (tenant_id, resource_id, engine, server, name, secret_id, generation, limits, state, created_at, updated_at)
     SELECT gen_random_uuid(), id, 'postgres', 'pg-local', 'ghost_' || id, 's1', 1, '{"connections":2,"storage_mb":10}', 'active', now(), now()
     FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
}

/** Starts the bridge anew, so that it meters this often, and reconciles nothing: the ghosts would be reported. */
async function meterEvery(world: World, seconds: string): Promise<void> {
  Object.assign(world.stack.bridgeEnv, { BRIDGE_METERING_SECONDS: seconds, BRIDGE_RECONCILE_SECONDS: NEVER_SECONDS });
  await world.stack.service("bridge").restart();
  for (let count = 0; count < WARM_UP_CREATES; count += 1) await world.create("/cache/new");
  await settle(world);
}
