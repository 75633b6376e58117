/** What one app used and answered, minute by minute: the bridge's answer to `read_metrics`. docs/deploys.md, "Metrics". */
import { z } from "zod";

export const METRICS_MINUTES = 60;

const count = z.number().int().min(0);
const milliseconds = z.number().min(0);

export const appMinuteSchema = z.strictObject({
  /** The minute's begin. */
  at: z.iso.datetime(),
  /** Of a processor, in thousandths, on average; null: not measured. */
  cpu_millicores: z.number().min(0).nullable(),
  /** The most that was measured; null: not measured. */
  memory_mb: z.number().min(0).nullable(),
  /** Answers by the first digit of their status; `other`: those without one, such as upgraded connections. */
  requests: z.strictObject({ "2xx": count, "3xx": count, "4xx": count, "5xx": count, other: count }),
  /** From the request to the end of the answer, by percentile, within 10 %; null: no requests. */
  latency_ms: z.strictObject({ p50: milliseconds, p95: milliseconds, p99: milliseconds }).nullable(),
});
export type AppMinute = z.infer<typeof appMinuteSchema>;

export const appMetricsSchema = z.strictObject({
  /** The last hour, the oldest minute first; the last one is not over. */
  minutes: z.array(appMinuteSchema).length(METRICS_MINUTES),
  /** How often the release that serves was started again. */
  restarts: count,
  /** Of the release that serves; null when nothing runs. */
  limits: z.strictObject({ cpu_millicores: z.number(), memory_mb: z.number() }).nullable(),
});
export type AppMetrics = z.infer<typeof appMetricsSchema>;
