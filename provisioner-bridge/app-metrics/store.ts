/**
 * The last hour of every app, minute by minute, in memory: a restart of the bridge forgets it. Bounded: one record of an app is about 40 KB,
 * and apps beyond APPS_MAX are not recorded until others have been silent for an hour.
 */
import { type AppMinute, METRICS_MINUTES } from "../../contract/app-metrics.ts";
import type { Clock } from "../ports/clock.ts";
import { addTime, createHistogram, type Histogram, percentileOf } from "./histogram.ts";

const MINUTE_MS = 60_000;
const APPS_MAX = 5_000;
const MIB = 1_048_576;
const MILLI = 1_000;

type Minute = {
  /** Minutes since the epoch. */
  number: number;
  requests: AppMinute["requests"];
  times: Histogram;
  /** Of a processor, and how long it was measured. */
  cpuMs: number;
  measuredMs: number;
  memoryBytes: number | null;
};
type App = { newest: number; minutes: (Minute | undefined)[] };

export type MetricsStore = {
  /** An answer. `status` null: the connection was upgraded, or it broke. */
  noteRequest(appId: string, status: number | null, ms: number): void;
  /** `cpuMs`: processor time used within the last `measuredMs`. */
  noteUsage(appId: string, usage: { cpuMs: number; measuredMs: number; memoryBytes: number }): void;
  /** The last METRICS_MINUTES minutes, the oldest first; empty ones included. */
  read(appId: string): AppMinute[];
};

export function createMetricsStore(clock: Pick<Clock, "now">): MetricsStore {
  const apps = new Map<string, App>();
  const minuteNow = (): number => Math.floor(clock.now().getTime() / MINUTE_MS);

  const appOf = (appId: string, number: number): App | null => {
    const known = apps.get(appId);
    if (known !== undefined) return known;
    if (apps.size >= APPS_MAX) forgetSilent(apps, number);
    if (apps.size >= APPS_MAX) return null;
    const app: App = { newest: number, minutes: [] };
    apps.set(appId, app);
    return app;
  };
  const current = (appId: string): Minute | null => {
    const number = minuteNow();
    const app = appOf(appId, number);
    if (app === null) return null;
    app.newest = number;
    const place = number % METRICS_MINUTES;
    const there = app.minutes[place];
    if (there?.number === number) return there;
    const fresh = emptyMinute(number);
    app.minutes[place] = fresh;
    return fresh;
  };

  return {
    noteRequest(appId, status, ms) {
      const minute = current(appId);
      if (minute === null) return;
      minute.requests[classOf(status)] += 1;
      // How long an upgraded connection was open is no latency.
      if (status !== null) addTime(minute.times, ms);
    },
    noteUsage(appId, { cpuMs, measuredMs, memoryBytes }) {
      const minute = current(appId);
      if (minute === null) return;
      minute.cpuMs += cpuMs;
      minute.measuredMs += measuredMs;
      minute.memoryBytes = Math.max(minute.memoryBytes ?? 0, memoryBytes);
    },
    read(appId) {
      const last = minuteNow();
      const { minutes = [] } = apps.get(appId) ?? {};
      return Array.from({ length: METRICS_MINUTES }, (_, index) => {
        const number = last - METRICS_MINUTES + 1 + index;
        const there = minutes[number % METRICS_MINUTES];
        return describe(there?.number === number ? there : emptyMinute(number));
      });
    },
  };
}

const emptyMinute = (number: number): Minute => ({
  number,
  requests: { "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0, other: 0 },
  times: createHistogram(),
  cpuMs: 0,
  measuredMs: 0,
  memoryBytes: null,
});

function forgetSilent(apps: Map<string, App>, now: number): void {
  for (const [appId, { newest }] of apps) if (now - newest >= METRICS_MINUTES) apps.delete(appId);
}

const CLASSES = { 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx" } as const satisfies Record<number, keyof AppMinute["requests"]>;
function classOf(status: number | null): keyof AppMinute["requests"] {
  const digit = Math.floor((status ?? 0) / 100);
  return digit === 2 || digit === 3 || digit === 4 || digit === 5 ? CLASSES[digit] : "other";
}

function describe({ number, requests, times, cpuMs, measuredMs, memoryBytes }: Minute): AppMinute {
  const [p50, p95, p99] = [percentileOf(times, 0.5), percentileOf(times, 0.95), percentileOf(times, 0.99)];
  return {
    at: new Date(number * MINUTE_MS).toISOString(),
    cpu_millicores: measuredMs === 0 ? null : Math.round((cpuMs / measuredMs) * MILLI),
    memory_mb: memoryBytes === null ? null : Math.round(memoryBytes / MIB),
    requests,
    latency_ms: p50 === null || p95 === null || p99 === null ? null : { p50, p95, p99 },
  };
}
