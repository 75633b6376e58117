/**
 * What expiries cost the engine beside a raw loop of DROP DATABASE + DROP ROLE. The server itself says how long it worked: the bridge's
 * statements run in the database `postgres`, the raw ones in another, and PostgreSQL counts the time of each (`active_time`).
 */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { z } from "zod";
import { changedUrl } from "../../../dev/postgres/connect.ts";
import type { Measure } from "../measure.ts";
import { ratioByRounds, takeTurns, timed } from "../turns.ts";
import { beginExpiry, drainPool, growTo, livingDatabases, settle, untilGone, type World } from "../world.ts";
import { type Raw, rawTenants } from "./raw.ts";

const EXPIRIES = 300;
export const PER_TURN = 10;
/** Of so many rounds on the figure is one to judge by. */
const FULL_ROUNDS = 5;
const RAW_DATABASE = "bench_raw";
/** An idle session hands its counters in within ten seconds. */
const COUNTED_AFTER_MS = 11_000;

/** 300 in five rounds or more, fewer for a look; whole turns of either side. */
export function expiriesOf(rounds: number): number {
  return Math.ceil((EXPIRIES * Math.min(1, rounds / FULL_ROUNDS)) / PER_TURN) * PER_TURN;
}

export const expiry: Measure = {
  rows: ["expiry"],
  async run({ world, rounds, say }) {
    const total = expiriesOf(rounds);
    say(`${total} expiries beside ${total} raw drops`);
    await drainPool(world);
    await growTo(world, total);
    await world.tenants.query(`CREATE DATABASE ${RAW_DATABASE} TEMPLATE template0`);
    const admin = new pg.Client({ connectionString: changedUrl(world.stack.engineUrl("postgres"), { database: RAW_DATABASE }) });
    await admin.connect();
    const raw = rawTenants(admin);
    for (let count = 0; count < total; count += 1) await raw.create();
    await delay(COUNTED_AFTER_MS);
    const before = await activeMs(world);
    const wall = await takeTurns({ bridge: () => expire(world), raw: () => dropRaw(world, raw) }, total / PER_TURN);
    await admin.end();
    await delay(COUNTED_AFTER_MS);
    const after = await activeMs(world);
    const [bridgeMs, rawMs] = [after.postgres - before.postgres, after.raw - before.raw];
    await world.tenants.query(`DROP DATABASE ${RAW_DATABASE}`);
    const { reached: byTheClock } = ratioByRounds(wall.bridge, wall.raw);
    const note = `${(bridgeMs / total).toFixed(1)} ms / ${(rawMs / total).toFixed(1)} ms each, n ${total}; by the clock on the wall ${byTheClock.toFixed(2)}`;
    return { rows: [{ name: "expiry", reached: bridgeMs / rawMs, note }] };
  },
};

/** @returns milliseconds until the last of them is gone */
async function expire(world: World): Promise<number> {
  const ids = await livingDatabases(world, PER_TURN);
  await settle(world);
  return timed(() => beginExpiry(world, ids).then(() => untilGone(world, ids)));
}

async function dropRaw(world: World, raw: Raw): Promise<number> {
  await settle(world);
  return timed(async () => {
    for (let count = 0; count < PER_TURN; count += 1) await raw.drop();
  });
}

const activeSchema = z.array(z.object({ datname: z.string(), active_time: z.number() }));

/** Milliseconds of statements, by the database they ran in. */
async function activeMs({ tenants }: World): Promise<{ postgres: number; raw: number }> {
  const { rows } = await tenants.query("SELECT datname, active_time FROM pg_stat_database WHERE datname = ANY($1)", [
    ["postgres", RAW_DATABASE],
  ]);
  const of = new Map(activeSchema.parse(rows).map(({ datname, active_time }) => [datname, active_time]));
  return { postgres: of.get("postgres") ?? 0, raw: of.get(RAW_DATABASE) ?? 0 };
}
