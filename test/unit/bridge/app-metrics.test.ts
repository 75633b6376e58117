/** What apps used and answered is kept by minute for an hour, in bounded memory. */
import { describe, expect, test } from "vitest";
import { METRICS_MINUTES } from "../../../contract/app-metrics.ts";
import { addTime, createHistogram, percentileOf } from "../../../provisioner-bridge/app-metrics/histogram.ts";
import { startSampler } from "../../../provisioner-bridge/app-metrics/sampler.ts";
import { createMetricsStore } from "../../../provisioner-bridge/app-metrics/store.ts";
import { parseRequestLine } from "../../../provisioner-bridge/ingress/haproxy/request-log.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import type { ContainerUsage } from "../../../provisioner-bridge/services/driver.ts";
import { createManualClock, settle } from "./clock.ts";

const MINUTE_MS = 60_000;
const APP = "abcd1234";
const NOTHING = { "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0, other: 0 };

describe("minutes", () => {
  test("an hour of them, the oldest first; empty ones are there, and one that is older is gone", () => {
    const clock = createManualClock();
    const store = createMetricsStore(clock);
    store.noteRequest(APP, 200, 5);
    const begin = clock.now().toISOString();
    const empty = { cpu_millicores: null, memory_mb: null, requests: NOTHING, latency_ms: null };
    expect(store.read(APP)).toHaveLength(METRICS_MINUTES);
    expect(store.read(APP).at(-1)).toMatchObject({ at: begin, requests: { ...NOTHING, "2xx": 1 } });
    expect(store.read(APP)[0]).toMatchObject(empty);
    clock.advance(59 * MINUTE_MS);
    expect(store.read(APP)[0]).toMatchObject({ at: begin, requests: { "2xx": 1 } });
    clock.advance(MINUTE_MS - 1);
    expect(store.read(APP)[0]?.at).toBe(begin);
    clock.advance(1);
    expect(store.read(APP).every(({ requests }) => requests["2xx"] === 0)).toBe(true);
    // The same place in the ring, an hour later.
    store.noteRequest(APP, 503, 5);
    expect(store.read(APP).at(-1)?.requests).toEqual({ ...NOTHING, "5xx": 1 });
  });

  test("a request on each side of a minute's end counts for its own", () => {
    const clock = createManualClock();
    const store = createMetricsStore(clock);
    clock.advance(MINUTE_MS - 1);
    store.noteRequest(APP, 200, 1);
    clock.advance(1);
    store.noteRequest(APP, 200, 1);
    expect(
      store
        .read(APP)
        .slice(-2)
        .map(({ requests }) => requests["2xx"]),
    ).toEqual([1, 1]);
  });

  test("requests are told apart by status and by app", () => {
    const store = createMetricsStore(createManualClock());
    for (const status of [200, 204, 301, 404, 404, 500, 503, null]) store.noteRequest(APP, status, 1);
    expect(store.read(APP).at(-1)?.requests).toEqual({ "2xx": 2, "3xx": 1, "4xx": 2, "5xx": 2, other: 1 });
    expect(store.read("other123").at(-1)?.requests).toEqual(NOTHING);
  });

  test("an upgraded connection counts as a request, and its length is no latency", () => {
    const store = createMetricsStore(createManualClock());
    store.noteRequest(APP, null, 3_600_000);
    expect(store.read(APP).at(-1)).toMatchObject({ requests: { other: 1 }, latency_ms: null });
    store.noteRequest(APP, 200, 5);
    expect(store.read(APP).at(-1)?.latency_ms?.p99).toBeLessThan(6);
  });

  test("processor time is an average, memory the most that was measured", () => {
    const store = createMetricsStore(createManualClock());
    store.noteUsage(APP, { cpuMs: 15_000, measuredMs: 15_000, memoryBytes: 64 << 20 });
    store.noteUsage(APP, { cpuMs: 0, measuredMs: 15_000, memoryBytes: 32 << 20 });
    expect(store.read(APP).at(-1)).toMatchObject({ cpu_millicores: 500, memory_mb: 64 });
  });

  test("the app beyond the bound is not recorded until another has been silent for an hour", () => {
    const clock = createManualClock();
    const store = createMetricsStore(clock);
    for (let app = 0; app < 5_000; app += 1) store.noteRequest(`app${app}`, 200, 1);
    store.noteRequest("onemore1", 200, 1);
    expect(store.read("app4999").at(-1)?.requests["2xx"]).toBe(1);
    expect(store.read("onemore1").at(-1)?.requests["2xx"]).toBe(0);
    clock.advance(METRICS_MINUTES * MINUTE_MS);
    store.noteRequest("onemore1", 200, 1);
    expect(store.read("onemore1").at(-1)?.requests["2xx"]).toBe(1);
  });
});

describe("percentiles", () => {
  test("are within 10 % of the value", () => {
    const histogram = createHistogram();
    for (let ms = 1; ms <= 1_000; ms += 1) addTime(histogram, ms);
    for (const [share, value] of [
      [0.5, 500],
      [0.95, 950],
      [0.99, 990],
    ] as const) {
      expect(Math.abs((percentileOf(histogram, share) ?? 0) / value - 1)).toBeLessThan(0.1);
    }
  });

  test("of one value, of none, and of values out of range", () => {
    const histogram = createHistogram();
    expect(percentileOf(histogram, 0.5)).toBeNull();
    addTime(histogram, 0);
    expect(percentileOf(histogram, 0.99)).toBeLessThan(1);
    addTime(histogram, 1e9);
    expect(percentileOf(histogram, 1)).toBeGreaterThan(500_000);
  });
});

test("a sampler notes what was used between two samples; a container that began again begins anew", async () => {
  const clock = createManualClock();
  const store = createMetricsStore(clock);
  const ref = { serviceId: "s", appId: APP, release: 1 };
  let usage: ContainerUsage[] = [{ ref, cpuMs: 100, memoryBytes: 1 << 20 }];
  const random = { ...systemRandom, fraction: () => 0.5 };
  const sampler = startSampler({ driver: { usage: async () => usage }, store, clock, random, log: createLog("silent") });
  const sample = async (cpuMs: number) => {
    usage = [{ ref, cpuMs, memoryBytes: 1 << 20 }];
    clock.advance(15_000);
    await settle();
  };
  await sample(100);
  expect(store.read(APP).at(-1)?.cpu_millicores).toBeNull();
  await sample(3_100);
  expect(store.read(APP).at(-1)?.cpu_millicores).toBe(200);
  await sample(50);
  expect(store.read(APP).at(-1)?.cpu_millicores).toBe(200);
  await sampler.stop();
});

test.each([
  ["abcd1234 200 12", { appId: APP, status: 200, ms: 12 }],
  ["abcd1234 101 5000\n", { appId: APP, status: null, ms: 5_000 }],
  ["abcd1234 -1 -1", { appId: APP, status: null, ms: 0 }],
  ["- 404 0", null],
  ["abcd1234 200 12 more", null],
  ["", null],
])("the proxy's line %j", (line, request) => expect(parseRequestLine(line)).toEqual(request));
