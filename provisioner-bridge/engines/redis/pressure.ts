/** When a server must be measured at once. Pure. Source: PRODUCT "over a limit": watched and cut within seconds by a watermark. */
import type { Info } from "./info.ts";
import type { Pass } from "./passes.ts";

const MIB = 1_048_576;
/** Somebody may have grown by this much since the last pass. */
export const GROWTH_BYTES = 8 * MIB;
/** Fuller than this, less growth is reason enough. */
export const WATERMARK_SHARE = 0.8;
export const WATERMARK_GROWTH_BYTES = MIB;
/** How often those who are cut are looked at, so that who has deleted comes back in. */
export const RECHECK_MS = 10_000;

export type Reason = "first look" | "growth" | "watermark" | "recheck";
/** The pass before, with the least the server has used since: what went away meanwhile hides no growth. */
export type Before = Pick<Pass, "endedMs" | "durationMs" | "cut"> & { leastBytes: number };

/** @returns why a pass is due, or null */
export function reasonToMeasure(info: Pick<Info, "used_memory" | "maxmemory">, before: Before | undefined, nowMs: number): Reason | null {
  if (before === undefined) return "first look";
  // At most half of the time is spent looking, however fast a server grows.
  if (nowMs < before.endedMs + before.durationMs) return null;
  const growth = info.used_memory - before.leastBytes;
  if (growth >= GROWTH_BYTES) return "growth";
  if (growth >= WATERMARK_GROWTH_BYTES && info.used_memory >= info.maxmemory * WATERMARK_SHARE) return "watermark";
  return before.cut > 0 && nowMs >= before.endedMs + RECHECK_MS ? "recheck" : null;
}
