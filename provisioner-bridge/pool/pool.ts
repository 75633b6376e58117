/**
 * Ready-made tenants: a create then costs one statement in the registry instead of a CREATE DATABASE. Each engine's pool fills one
 * tenant at a time, never in a burst of creates, up to what was asked for lately (within bounds). A tenant handed out never
 * comes back. Promises are those of any create; docs/orphans.md says what a crash leaves.
 */
import type { TenantLimits } from "../../contract/jobs.ts";
import type { EngineName } from "../../contract/names.ts";
import type { Engine } from "../engines/engine.ts";
import { isPoolable } from "./engines.ts";
import type { Pooled } from "./fill.ts";
import { type Filler, type FillerDeps, startFiller } from "./filler.ts";
import { createPulse } from "./pulse.ts";
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
  /** The engine's servers that have given a sign of life since the call. */
  answering(engine: EngineName): Promise<string[]>;
  /** One was handed out, or none was there: fill up soon. */
  taken(engine: EngineName): void;
  /** Ends filling; resolves when what is under way has ended. */
  stop(): Promise<void>;
};

type Member = Pooled & { filler: Filler; answering: () => Promise<string[]> };

/** Engines that could have a pool and are given none are looked after, too: what an earlier configuration left goes. */
export function startPool(deps: PoolDeps): Pool {
  const members = new Map<EngineName, Member>();
  for (const engine of deps.engines) {
    const limits = deps.limitsOf(engine.engine);
    if (!isPoolable(engine) || limits === undefined) continue;
    const pooled = { engine, bounds: deps.bounds[engine.engine] ?? NO_POOL, limits };
    const answering = createAnswering(deps, engine);
    members.set(engine.engine, { ...pooled, answering, filler: startFiller({ ...deps, answering }, pooled) });
  }
  return {
    has: (engine) => (members.get(engine)?.bounds.max ?? 0) > 0,
    answering: async (engine) => members.get(engine)?.answering() ?? [],
    taken: (engine) => members.get(engine)?.filler.hurry(),
    stop: async () => void (await Promise.all([...members.values()].map(({ filler }) => filler.stop()))),
  };
}

function createAnswering({ clock }: PoolDeps, engine: Engine): Member["answering"] {
  const pulses = engine.servers.map((server) => ({ server, isAlive: createPulse(() => engine.ping(server), clock) }));
  return async () => {
    const signs = await Promise.all(pulses.map(async ({ server, isAlive }) => ({ server, alive: await isAlive() })));
    return signs.filter(({ alive }) => alive).map(({ server }) => server);
  };
}
