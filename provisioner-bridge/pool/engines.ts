/**
 * Engines whose tenants are made in advance: those whose create costs many times what handing one out does. What each costs is in
 * docs/pools.md. Such an engine has `prove` and
 * `refuses`, and no server of it forgets its tenants.
 */
import type { EngineName } from "../../contract/engines.ts";
import type { Engine } from "../engines/engine.ts";

export const POOLED_ENGINES = ["postgres", "mongodb", "nats"] as const satisfies readonly EngineName[];

export type PoolableEngine = Engine & Required<Pick<Engine, "prove" | "refuses">>;

export function isPoolable(engine: Engine): engine is PoolableEngine {
  return engine.prove !== undefined && engine.refuses !== undefined && POOLED_ENGINES.some((name) => name === engine.engine);
}
