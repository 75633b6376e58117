/**
 * Health and readiness, as the Worker and the bridge answer them.
 */
import { z } from "zod";

export const checkSchema = z.object({
  status: z.enum(["ok", "degraded", "down"]),
  /** -1 when the upstream did not answer. */
  latency_ms: z.number().int(),
  last_checked: z.iso.datetime(),
  /** Describes the problem without host names, users or secrets. */
  message: z.string().optional(),
});
export type Check = z.infer<typeof checkSchema>;

export const readinessSchema = z.object({
  ok: z.boolean(),
  overall: z.enum(["ok", "degraded", "down"]),
  commit_id: z.string(),
  checks: z.record(z.string(), checkSchema),
});
export type Readiness = z.infer<typeof readinessSchema>;

export const healthSchema = z.object({
  ok: z.boolean(),
  commit_id: z.string(),
  build_time: z.string(),
  version: z.string(),
});
export type Health = z.infer<typeof healthSchema>;

/** A failed check of one of these answers 503 and takes the process out of rotation; any other only degrades. */
export const CRITICAL_CHECKS: ReadonlySet<string> = new Set(["platform_db", "provisioner_grpc"]);
export const READINESS_CACHE_MS = 12_000;

/** The summary: "down" when a critical check fails, "degraded" when another check is not ok. */
export function summarise(checks: Record<string, Check>): { ok: boolean; overall: Readiness["overall"] } {
  const entries = Object.entries(checks);
  if (entries.some(([name, check]) => CRITICAL_CHECKS.has(name) && check.status === "down")) return { ok: false, overall: "down" };
  return { ok: true, overall: entries.every(([, check]) => check.status === "ok") ? "ok" : "degraded" };
}
