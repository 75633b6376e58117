/** How many ready-made tenants an engine should have. Pure. */

/** `max` bounds all tenants without a resource, in any state, because each takes disk. */
export type PoolBounds = { min: number; max: number };

/** An engine that BRIDGE_POOLS does not name: what is left of an earlier configuration goes. */
export const NO_POOL: PoolBounds = { min: 0, max: 0 };

/** As many as were asked for lately, within the bounds: the same rush again would find all of them ready. */
export function targetSize(demand: number, { min, max }: PoolBounds): number {
  return Math.min(max, Math.max(min, demand));
}

export type PoolCount = {
  /** On servers that answer. */
  ready: number;
  /** All without a resource: being made, ready on any server, being removed. */
  unowned: number;
  /** Creates of late. */
  demand: number;
};

/** Whether one more is wanted and allowed. */
export function wantsOneMore({ ready, unowned, demand }: PoolCount, bounds: PoolBounds): boolean {
  return ready < targetSize(demand, bounds) && unowned < bounds.max;
}
