/** One engine's pool in this bridge: counts it, maintains it, fills one tenant at a time, and pauses. */
import type { BurstDetector } from "../burst.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { type FillDeps, fillOne, type Pooled } from "./fill.ts";
import type { AnsweringServers } from "./server-health.ts";
import { keepUp } from "./upkeep.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** How often it counts without being asked to: tenants may have been handed out through another bridge. */
const IDLE_MS = 10 * SECOND_MS;
const AFTER_BURST_MS = 250;
/** Another bridge is filling. */
const AFTER_BUSY_MS = SECOND_MS;
/** A burst that lasts longer is normal load: then one tenant is filled, and as much time is left to the creates. */
export const BURST_PATIENCE_MS = 30 * SECOND_MS;
/** After a failure (no room, or the engine does not answer); twice as long each time. */
const AFTER_FAILURE_MS = 2 * SECOND_MS;
const AFTER_FAILURE_MAX_MS = 5 * MINUTE_MS;
const UPKEEP_MS = 30 * SECOND_MS;

export type FillerDeps = FillDeps & {
  random: Random;
  log: Log;
  clock: Clock;
  /** A bridge that starts does not fill at once: other work of the start goes first. */
  startMs: number;
  bursts: BurstDetector;
  answeringServers: () => Promise<AnsweringServers>;
};

export type Filler = {
  /** A tenant was handed out, or none was ready: fill up soon. */
  hurry(): void;
  /** Ends filling; resolves when what is under way has ended. */
  stop(): Promise<void>;
};

export function startFiller(deps: FillerDeps, pooled: Pooled): Filler {
  const { clock } = deps;
  const work = createWork(deps, pooled);
  let stopped = false;
  let hurried = false;
  let running: Promise<void> | undefined;
  let cancel = () => {};

  function schedule(afterMs: number): void {
    if (stopped) return;
    cancel();
    cancel = clock.after(afterMs, () => {
      hurried = false;
      running = work.once().then((pauseMs) => {
        running = undefined;
        schedule(pauseMs);
      });
    });
  }

  schedule(deps.startMs);
  return {
    hurry() {
      // At most once until it has counted: constant creates must not delay it forever.
      if (hurried || running !== undefined || work.hasFailed()) return;
      hurried = true;
      schedule(AFTER_BURST_MS);
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}

/** What is done each time; `once` never rejects and says how long to wait until the next time. */
function createWork(deps: FillerDeps, pooled: Pooled): { once(): Promise<number>; hasFailed(): boolean } {
  const { bursts, clock, log } = deps;
  let keptUpAtMs = Number.NEGATIVE_INFINITY;
  let failures = 0;
  /** When the current burst of creates began, through any bridge. */
  let burstSinceMs: number | undefined;

  async function work(): Promise<number> {
    if (bursts.isBurst()) burstSinceMs ??= clock.elapsedMs();
    const evenInBurst = burstSinceMs !== undefined && clock.elapsedMs() - burstSinceMs >= BURST_PATIENCE_MS;
    if (bursts.isBurst() && !evenInBurst) return AFTER_BURST_MS;
    const { answering, open } = await deps.answeringServers();
    await keepUpInTime(answering);
    if (pooled.bounds.max === 0) return UPKEEP_MS;
    // All servers that answer are full: count again later.
    return answering.length > 0 && open.length === 0 ? IDLE_MS : fill(open, evenInBurst);
  }

  async function keepUpInTime(servers: readonly string[]): Promise<void> {
    if (clock.elapsedMs() - keptUpAtMs <= UPKEEP_MS) return;
    const isMore = await keepUp(deps, { engine: pooled.engine, max: pooled.bounds.max, servers });
    if (!isMore) keptUpAtMs = clock.elapsedMs();
  }

  async function fill(servers: readonly string[], evenInBurst: boolean): Promise<number> {
    const begunMs = clock.elapsedMs();
    const { outcome, isBurst } = await fillOne(deps, pooled, { servers, evenInBurst });
    if (isBurst) burstSinceMs ??= begunMs;
    else burstSinceMs = undefined;
    if (outcome === "burst") return AFTER_BURST_MS;
    if (outcome === "busy") return AFTER_BUSY_MS;
    if (outcome === "full") return IDLE_MS;
    return isBurst ? clock.elapsedMs() - begunMs : 0;
  }

  return {
    async once() {
      try {
        const pause = await work();
        failures = 0;
        return pause;
      } catch (err) {
        failures += 1;
        log.warn({ err, engine: pooled.engine.engine }, "the pool could not be filled");
        return Math.min(AFTER_FAILURE_MAX_MS, AFTER_FAILURE_MS * 2 ** (failures - 1));
      }
    },
    hasFailed: () => failures > 0,
  };
}
