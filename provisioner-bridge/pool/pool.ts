/**
 * Ready-made tenants: a create then costs one statement in the registry instead of a CREATE DATABASE. Each engine's pool fills one
 * tenant at a time, never in a burst of creates, up to what was asked for lately (within bounds). A tenant handed out never
 * comes back. Promises are those of any create; docs/orphans.md says what a crash leaves.
 */
import type { EngineName } from "../../contract/names.ts";
import type { Log } from "../log.ts";
import { type FillDeps, fillOne, type Pooled } from "./fill.ts";
import type { Traffic } from "./traffic.ts";
import { keepUp } from "./upkeep.ts";

const SECOND_MS = 1_000;
/** How often it looks when nothing hurries it. */
const IDLE_MS = 2 * SECOND_MS;
const AFTER_BURST_MS = 250;
/** No room, or the engine is away. */
const AFTER_FAILURE_MS = 10 * SECOND_MS;
const UPKEEP_MS = 30 * SECOND_MS;

export type PoolDeps = FillDeps & { log: Log; traffic: Traffic; pooled: readonly Pooled[] };

export type Pool = {
  /** Whether this engine's tenants are made in advance. */
  has(engine: EngineName): boolean;
  /** One was handed out: fill up soon. */
  taken(engine: EngineName): void;
  /** Ends filling; resolves when what is under way has ended. */
  stop(): Promise<void>;
};

export function startPool(deps: PoolDeps): Pool {
  const fillers = new Map(deps.pooled.map((pooled) => [pooled.engine.engine, startFiller(deps, pooled)]));
  return {
    has: (engine) => fillers.has(engine),
    taken: (engine) => fillers.get(engine)?.hurry(),
    stop: async () => void (await Promise.all([...fillers.values()].map(({ stop }) => stop()))),
  };
}

type Filler = { hurry(): void; stop(): Promise<void> };

function startFiller(deps: PoolDeps, pooled: Pooled): Filler {
  const { clock, log } = deps;
  let stopped = false;
  let running: Promise<void> | undefined;
  let cancel = () => {};
  let keptUpAtMs = Number.NEGATIVE_INFINITY;

  function schedule(afterMs: number): void {
    if (stopped) return;
    cancel = clock.after(afterMs, () => {
      running = once().then((pauseMs) => {
        running = undefined;
        schedule(pauseMs);
      });
    });
  }

  /** @returns how long to wait until the next look */
  async function once(): Promise<number> {
    try {
      if (clock.elapsedMs() - keptUpAtMs > UPKEEP_MS) {
        keptUpAtMs = clock.elapsedMs();
        await keepUp(deps, pooled.engine);
      }
      if (deps.traffic.isBurst()) return AFTER_BURST_MS;
      return (await fillOne(deps, pooled)) === "filled" ? 0 : IDLE_MS;
    } catch (err) {
      log.warn({ err, engine: pooled.engine.engine }, "the pool could not be filled");
      return AFTER_FAILURE_MS;
    }
  }

  schedule(0);
  return {
    hurry() {
      if (running !== undefined || stopped) return;
      cancel();
      schedule(AFTER_BURST_MS);
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
