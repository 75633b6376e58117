/** How many ready-made tenants an engine should have. Pure. */

/** `max` bounds all tenants without a resource, in any state, because each takes disk. */
export type PoolBounds = { min: number; max: number };

/** An engine that BRIDGE_POOLS does not name: tenants of an earlier configuration are removed. */
export const NO_POOL: PoolBounds = { min: 0, max: 0 };

/** The recent demand, within the bounds: if the same number of creates comes again, all find a ready tenant. */
export function targetSize(demand: number, { min, max }: PoolBounds): number {
  return Math.min(max, Math.max(min, demand));
}

export type PoolCount = {
  /** On servers that answer. */
  ready: number;
  /** All without a resource: being made, ready on any server, being removed. */
  unowned: number;
  /** Recent creates. */
  demand: number;
};

/** Whether one more is wanted and allowed. */
export function wantsOneMore({ ready, unowned, demand }: PoolCount, bounds: PoolBounds): boolean {
  return ready < targetSize(demand, bounds) && unowned < bounds.max;
}
