/**
 * Ready-made tenants: a create then costs one statement in the registry instead of a CREATE DATABASE. Each engine's pool fills one
 * tenant at a time, never in a burst of creates, up to what was asked for lately (within bounds). A tenant handed out never
 * comes back. Promises are those of any create; docs/orphans.md says what a crash leaves.
 */

import type { EngineName } from "../../contract/engines.ts";
import type { TenantLimits } from "../../contract/jobs.ts";
import type { Engine, ServerCapacity } from "../engines/engine.ts";
import { isPoolable } from "./engines.ts";
import type { Pooled } from "./fill.ts";
import { type Filler, type FillerDeps, startFiller } from "./filler.ts";
import { createSigns, type Signs } from "./signs.ts";
import { NO_POOL, type PoolBounds } from "./target.ts";

export type PoolDeps = Omit<FillerDeps, "answering"> & {
  engines: readonly Engine[];
  bounds: Readonly<Partial<Record<EngineName, PoolBounds>>>;
  /** What is made in advance fits these: those that most creates ask for. */
  limitsOf: (engine: EngineName) => TenantLimits | undefined;
};

export type Pool = {
  /** Whether this engine's tenants are made in advance. */
  has(engine: EngineName): boolean;
  /** What those of the engine's servers say since the call that have room; those that are much slower than the first are left out. */
  answering(engine: EngineName): Promise<ServerCapacity[]>;
  /**
   * The engine's server, where it has no other, that one had room when it was asked last, and no question to it is open: then a hand-out has
   * nothing to choose. Whoever comes while a question is open waits for an answer: a server that hangs uses up one tenant, not a pool.
   */
  sole(engine: EngineName): string | null;
  /** What each of the engine's servers said when it was asked last; nothing of one that never was. */
  latest(engine: EngineName): ServerCapacity[];
  /** One was handed out, or none was there: fill up soon. */
  taken(engine: EngineName): void;
  /** Ends filling; resolves when what is under way has ended. */
  stop(): Promise<void>;
};

type Member = Pooled & { filler: Filler; signs: Signs };

/** Engines that could have a pool and are given none are looked after, too: what an earlier configuration left goes. */
export function startPool(deps: PoolDeps): Pool {
  const members = new Map<EngineName, Member>();
  for (const engine of deps.engines) {
    const limits = deps.limitsOf(engine.engine);
    if (!isPoolable(engine) || limits === undefined) continue;
    const pooled = { engine, bounds: deps.bounds[engine.engine] ?? NO_POOL, limits };
    const signs = createSigns(engine, deps.clock);
    members.set(engine.engine, { ...pooled, signs, filler: startFiller({ ...deps, answering: signs.all }, pooled) });
  }
  return {
    has: (engine) => (members.get(engine)?.bounds.max ?? 0) > 0,
    answering: async (engine) => members.get(engine)?.signs.soon() ?? [],
    sole: (engine) => members.get(engine)?.signs.sole() ?? null,
    latest: (engine) => members.get(engine)?.signs.latest() ?? [],
    taken: (engine) => members.get(engine)?.filler.hurry(),
    stop: async () => void (await Promise.all([...members.values()].map(({ filler }) => filler.stop()))),
  };
}
