/** When a server must be measured at once. Pure. */
import type { Info } from "./info.ts";
import type { Pass } from "./passes.ts";

const MIB = 1_048_576;
/** The server has grown by this much since the last pass. */
export const GROWTH_BYTES = 8 * MIB;
/** Fuller than this, less growth is reason enough. */
export const WATERMARK_SHARE = 0.8;
export const WATERMARK_GROWTH_BYTES = MIB;
/** A delete of one tenant hides the growth of another, and a cut tenant may have deleted: so there is a pass from time to time. */
export const ROUTINE_MS = 5_000;
/** A long pass is followed by so many times its own length without a routine one. */
const ROUTINE_REST = 20;

export type Reason = "first look" | "growth" | "watermark" | "routine";
/** The pass before, with the least the server has used since: what went away meanwhile hides no growth. */
export type Before = Pick<Pass, "endedMs" | "durationMs"> & { leastBytes: number };

/** @returns why a pass is due, or null */
export function reasonToMeasure(info: Pick<Info, "used_memory" | "maxmemory">, before: Before | undefined, nowMs: number): Reason | null {
  if (before === undefined) return "first look";
  const restedMs = nowMs - before.endedMs;
  // At most half of the time is spent looking, however fast a server grows.
  if (restedMs < before.durationMs) return null;
  const growth = info.used_memory - before.leastBytes;
  if (growth >= GROWTH_BYTES) return "growth";
  if (growth >= WATERMARK_GROWTH_BYTES && info.used_memory >= info.maxmemory * WATERMARK_SHARE) return "watermark";
  return restedMs >= Math.max(ROUTINE_MS, ROUTINE_REST * before.durationMs) ? "routine" : null;
}
