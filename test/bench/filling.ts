/**
 * When the bridge fills its pool is part of the measurement. The bench holds the registry's lock of whoever fills, as another bridge
 * would, and lets go of it only to have a pool filled: nothing is refilled while something is measured.
 */
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { z } from "zod";
import { BURST_WINDOW_MS } from "../../provisioner-bridge/burst.ts";
import { PreconditionError } from "./precondition.ts";

/** The bridge's pool may hold so many here; the bench stops it earlier. */
export const POOL_MAX = 1_000;
export const POOL_BOUNDS = { postgres: { min: POOL_MAX, max: POOL_MAX }, nats: { min: POOL_MAX, max: POOL_MAX } };
export type PooledEngine = keyof typeof POOL_BOUNDS;

const POLL_MS = 50;
/** So long without one more: it will not come. */
const STUCK_MS = 60_000;

export type Filling = {
  ready(): Promise<number>;
  /** Lets the bridge fill until `count` are ready, then holds it again. @throws PreconditionError when it does not */
  fillTo(count: number): Promise<void>;
  /** Lets the bridge fill while `work` goes on. @returns how many were made meanwhile @throws PreconditionError when it makes none */
  during(work: () => Promise<unknown>): Promise<number>;
};

/**
 * Holds the pool from the start.
 * @param client a connection to the registry for this alone: it keeps the lock
 * @param nudge one create: a bridge looks at its pool soon after each
 */
export async function holdFilling(client: pg.Client, engine: PooledEngine, nudge: () => Promise<unknown>): Promise<Filling> {
  const lock = `hashtextextended('instanode.pool.${engine}', 4)`;
  const hold = () => client.query(`SELECT pg_advisory_lock(${lock})`);
  const release = () => client.query(`SELECT pg_advisory_unlock(${lock})`);
  const ready = async (): Promise<number> => {
    const { rows } = await client.query("SELECT count(*)::int AS ready FROM tenants WHERE engine = $1 AND state = 'ready'", [engine]);
    return z.object({ ready: z.number() }).parse(rows[0]).ready;
  };
  /** Ready ones, those handed out, and the tombstones: only making one changes it while none is cold. */
  const made = async (): Promise<number> => {
    const { rows } = await client.query("SELECT count(*)::int AS made FROM tenants WHERE engine = $1 AND proved_at IS NOT NULL", [engine]);
    return z.object({ made: z.number() }).parse(rows[0]).made;
  };
  /** Takes the lock back also when it fails: that waits for the fill that is under way, so that it is in nobody's measured time. */
  const whileReleased = async <T>(work: () => Promise<T>): Promise<T> => {
    await release();
    try {
      await nudge();
      return await work();
    } finally {
      await hold();
    }
  };
  /** @throws PreconditionError when the count does not get there */
  const untilReached = async (counted: () => Promise<number>, wanted: number): Promise<void> => {
    let [have, since] = [await counted(), performance.now()];
    while (have < wanted) {
      await delay(POLL_MS);
      const now = await counted();
      if (now > have) [have, since] = [now, performance.now()];
      if (performance.now() - since > STUCK_MS) throw new PreconditionError(`the pool stays at ${have} of ${wanted}: see the bridge's log`);
    }
  };
  await hold();
  return {
    ready,
    async fillTo(count) {
      if (count > POOL_MAX) throw new PreconditionError(`the pool of the bench holds ${POOL_MAX}, not ${count}`);
      if ((await ready()) < count) await whileReleased(() => untilReached(ready, count));
    },
    async during(work) {
      return whileReleased(async () => {
        await untilReached(made, (await made()) + 1);
        // The nudge and the first of `work` must not make a burst, in which nothing is filled.
        await delay(BURST_WINDOW_MS);
        const before = await made();
        await work();
        const filled = (await made()) - before;
        if (filled === 0) throw new PreconditionError("nothing was filled while it was measured");
        return filled;
      });
    },
  };
}
