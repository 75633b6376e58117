/**
 * Ready-made tenants: a create then costs one statement in the registry instead of a CREATE DATABASE. Each engine's pool fills one
 * tenant at a time, never in a burst of creates, up to what was asked for lately (within bounds). A tenant handed out never
 * comes back. Promises are those of any create; docs/orphans.md says what a crash leaves.
 */
import type { TenantLimits } from "../../contract/jobs.ts";
import type { EngineName } from "../../contract/names.ts";
import type { Engine, ServerCapacity } from "../engines/engine.ts";
import { isPoolable } from "./engines.ts";
import type { Pooled } from "./fill.ts";
import { type Answering, type Filler, type FillerDeps, startFiller } from "./filler.ts";
import { createPulse } from "./pulse.ts";
import { firstSigns } from "./soon.ts";
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
  /** What each of the engine's servers said when it was asked last; nothing of one that never was. */
  latest(engine: EngineName): ServerCapacity[];
  /** One was handed out, or none was there: fill up soon. */
  taken(engine: EngineName): void;
  /** Ends filling; resolves when what is under way has ended. */
  stop(): Promise<void>;
};

/** `soon`: as a create asks, which does not wait for the slow ones. `all`: as the filler does. */
type Signs = { soon(): Promise<ServerCapacity[]>; all(): Promise<Answering>; latest(): ServerCapacity[] };
type Member = Pooled & { filler: Filler; signs: Signs };

/** Engines that could have a pool and are given none are looked after, too: what an earlier configuration left goes. */
export function startPool(deps: PoolDeps): Pool {
  const members = new Map<EngineName, Member>();
  for (const engine of deps.engines) {
    const limits = deps.limitsOf(engine.engine);
    if (!isPoolable(engine) || limits === undefined) continue;
    const pooled = { engine, bounds: deps.bounds[engine.engine] ?? NO_POOL, limits };
    const signs = createSigns(deps, engine);
    members.set(engine.engine, { ...pooled, signs, filler: startFiller({ ...deps, answering: signs.all }, pooled) });
  }
  return {
    has: (engine) => (members.get(engine)?.bounds.max ?? 0) > 0,
    answering: async (engine) => members.get(engine)?.signs.soon() ?? [],
    latest: (engine) => members.get(engine)?.signs.latest() ?? [],
    taken: (engine) => members.get(engine)?.filler.hurry(),
    stop: async () => void (await Promise.all([...members.values()].map(({ filler }) => filler.stop()))),
  };
}

function createSigns({ clock }: PoolDeps, engine: Engine): Signs {
  const latest = new Map<string, ServerCapacity>();
  const pulses = engine.servers.map((server) => {
    const silent: ServerCapacity = { server, status: "down", cause: new Error("no answer in time") };
    const pulse = createPulse(() => engine.pulse(server), silent, clock);
    return async () => {
      const sign = await pulse();
      latest.set(server, sign);
      return sign;
    };
  });
  return {
    latest: () => [...latest.values()],
    soon: () =>
      firstSigns(
        pulses.map(async (pulse) => {
          const sign = await pulse();
          return sign.status === "open" ? sign : null;
        }),
        clock,
      ),
    async all() {
      const signs = await Promise.all(pulses.map((pulse) => pulse()));
      const those = (isWanted: (sign: ServerCapacity) => boolean) => signs.filter(isWanted).map(({ server }) => server);
      return { servers: those(({ status }) => status !== "down"), open: those(({ status }) => status === "open") };
    },
  };
}
