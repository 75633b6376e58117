/**
 * Ready-made tenants: a create then costs one statement in the registry instead of, for example, a CREATE DATABASE. Each engine's pool
 * fills one tenant at a time, not in a burst of creates, up to recent demand within its bounds. A tenant that was handed out never
 * returns. docs/pools.md describes it; docs/orphans.md says what a crash leaves.
 */

import type { EngineName } from "../../contract/engines.ts";
import type { TenantLimits } from "../../contract/jobs.ts";
import type { Engine } from "../engines/engine.ts";
import type { PoolableEngine } from "./discard.ts";
import { type Filler, type FillerDeps, startFiller } from "./filler.ts";
import { createServerHealth, type ServerHealth } from "./server-health.ts";
import { NO_POOL, type PoolBounds } from "./target.ts";

export type PoolsDeps = Omit<FillerDeps, "answeringServers"> & {
  engines: readonly Engine[];
  bounds: Readonly<Partial<Record<EngineName, PoolBounds>>>;
  /** The limits of tenants made in advance: those that most creates ask for. */
  limitsOf: (engine: EngineName) => TenantLimits | undefined;
};

export type EnginePool = {
  health: ServerHealth;
  /** A tenant was handed out, or none was ready: fill up soon. */
  refill(): void;
};

export type Pools = {
  /** The pool of an engine; null when its tenants are not made in advance. */
  of(engine: EngineName): EnginePool | null;
  /** Ends filling; resolves when what is under way has ended. */
  stop(): Promise<void>;
};

type Member = EnginePool & { filler: Filler; max: number };

/** Engines that could have a pool and are configured without one are maintained too: tenants of an earlier configuration are removed. */
export function startPools(deps: PoolsDeps): Pools {
  const members = new Map<EngineName, Member>();
  for (const engine of deps.engines) {
    const limits = deps.limitsOf(engine.engine);
    if (!isPoolable(engine) || limits === undefined) continue;
    const bounds = deps.bounds[engine.engine] ?? NO_POOL;
    const health = createServerHealth(engine, deps.clock);
    const filler = startFiller({ ...deps, answeringServers: health.answeringServers }, { engine, bounds, limits });
    members.set(engine.engine, { health, refill: filler.hurry, filler, max: bounds.max });
  }
  return {
    of(engine) {
      const member = members.get(engine);
      return member === undefined || member.max === 0 ? null : member;
    },
    stop: async () => void (await Promise.all([...members.values()].map(({ filler }) => filler.stop()))),
  };
}

function isPoolable(engine: Engine): engine is PoolableEngine {
  return engine.pooling !== undefined;
}
