/** How many ready-made tenants an engine should have. Pure. */

export type PoolBounds = { min: number; max: number };

/** As many as were asked for lately, within the bounds: the same rush again would find all of them ready. */
export function targetSize(demand: number, { min, max }: PoolBounds): number {
  return Math.min(max, Math.max(min, demand));
}
