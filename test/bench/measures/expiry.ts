/**
 * What expiries cost the engine beside a raw loop of DROP DATABASE + DROP ROLE. The server itself says how long it worked: the bridge's
 * statements run in the database `postgres`, the raw ones in another, and PostgreSQL counts the time of each (`active_time`).
 */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { z } from "zod";
import { changedUrl } from "../../../dev/postgres/connect.ts";
import type { Measure } from "../measure.ts";
import { ratioByRounds, timed } from "../turns.ts";
import { beginExpiry, drainPool, growTo, livingDatabases, settle, untilGone, type World } from "../world.ts";
import { rawTenants } from "./raw.ts";

const EXPIRIES = 300;
const RAW_DATABASE = "bench_raw";
/** An idle session hands its counters in within ten seconds. */
const COUNTED_AFTER_MS = 11_000;

export const expiry: Measure = {
  rows: ["expiry"],
  async run({ world, rounds, say }) {
    const perRound = Math.ceil(EXPIRIES / Math.max(rounds, 5));
    const total = perRound * rounds;
    say(`${total} expiries beside ${total} raw drops`);
    await drainPool(world);
    await growTo(world, total);
    await world.tenants.query(`CREATE DATABASE ${RAW_DATABASE} TEMPLATE template0`);
    const admin = new pg.Client({ connectionString: changedUrl(world.stack.engineUrl("postgres"), { database: RAW_DATABASE }) });
    await admin.connect();
    const raw = rawTenants(admin);
    const [ofBridge, ofRaw]: [number[], number[]] = [[], []];
    for (let count = 0; count < total; count += 1) await raw.create();
    await delay(COUNTED_AFTER_MS);
    const before = await activeMs(world);
    for (let round = 0; round < rounds; round += 1) {
      const ids = await livingDatabases(world, perRound);
      await settle(world);
      ofBridge.push(await timed(() => beginExpiry(world, ids).then(() => untilGone(world, ids))));
      await settle(world);
      ofRaw.push(
        await timed(async () => {
          for (let count = 0; count < perRound; count += 1) await raw.drop();
        }),
      );
    }
    await admin.end();
    await delay(COUNTED_AFTER_MS);
    const after = await activeMs(world);
    const [bridgeMs, rawMs] = [after.postgres - before.postgres, after.raw - before.raw];
    await world.tenants.query(`DROP DATABASE ${RAW_DATABASE}`);
    const wall = ratioByRounds(ofBridge, ofRaw);
    const note = `${(bridgeMs / total).toFixed(1)} ms / ${(rawMs / total).toFixed(1)} ms each, n ${total}; by the clock on the wall ${wall.reached.toFixed(2)}`;
    return { rows: [{ name: "expiry", reached: bridgeMs / rawMs, note }] };
  },
};

const activeSchema = z.array(z.object({ datname: z.string(), active_time: z.number() }));

/** Milliseconds of statements, by the database they ran in. */
async function activeMs({ tenants }: World): Promise<{ postgres: number; raw: number }> {
  const { rows } = await tenants.query("SELECT datname, active_time FROM pg_stat_database WHERE datname = ANY($1)", [
    ["postgres", RAW_DATABASE],
  ]);
  const of = new Map(activeSchema.parse(rows).map(({ datname, active_time }) => [datname, active_time]));
  return { postgres: of.get("postgres") ?? 0, raw: of.get(RAW_DATABASE) ?? 0 };
}
