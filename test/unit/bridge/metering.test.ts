/** Every server is metered by itself: one that hangs or fails keeps no other waiting, and one under pressure comes at once. */
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { expect, test } from "vitest";
import type { Report } from "../../../contract/reports.ts";
import type { Engine } from "../../../provisioner-bridge/engines/engine.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { startMetering } from "../../../provisioner-bridge/metering/metering.ts";
import { BATCH, PAUSE_MIN_MS } from "../../../provisioner-bridge/metering/pass.ts";
import type { Metrics } from "../../../provisioner-bridge/metrics.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { createManualClock, settle } from "./clock.ts";

const INTERVAL_MS = 60_000;

/** A registry that has these tenants on every server, page by page. */
function registryOf(count: number, isCut: () => boolean): pg.Pool {
  const ids = Array.from({ length: count }, () => randomUUID()).sort();
  const page = (after: string | null, limit: number) => ids.filter((id) => after === null || id > after).slice(0, limit);
  const query = async (_text: string, [, after, limit]: [string, string | null, number]) => ({
    rows: page(after, limit).map((resource_id) => ({ resource_id, name: `t_${resource_id}`, is_cut: isCut() })),
  });
  const client = { query, on: () => {}, off: () => {}, release: () => {} };
  return { connect: async () => client } as unknown as pg.Pool;
}

type Options = {
  measure?: (server: string) => Promise<void>;
  bytes?: () => number;
  takes?: () => boolean;
  tenants?: number;
  isBurst?: () => boolean;
  isCut?: () => boolean;
};

function meter(options: Options = {}) {
  const {
    measure = async () => {},
    bytes = () => 5,
    takes = () => true,
    tenants = 1,
    isBurst = () => false,
    isCut = () => false,
  } = options;
  const clock = createManualClock();
  const [asked, outcomes, reports]: [string[], string[], Extract<Report, { kind: "sizes" }>[]] = [[], [], []];
  const engine = {
    engine: "redis",
    servers: ["one", "other"],
    measure: async (server: string, names: readonly string[]) => {
      asked.push(server);
      await measure(server);
      return new Map(names.map((name) => [name, bytes()]));
    },
  } as unknown as Engine;
  const metering = startMetering({
    registry: registryOf(tenants, isCut),
    engines: [engine],
    clock,
    random: { ...systemRandom, fraction: () => 0.5 },
    log: createLog("silent"),
    metrics: { metered: ({ outcome }: { outcome: string }) => void outcomes.push(outcome) } as unknown as Metrics,
    report: async (report) => {
      if (report.kind === "sizes") reports.push(report);
      if (!takes()) throw new Error("the answer was lost");
    },
    isBurst,
    intervalMs: INTERVAL_MS,
  });
  const elapse = async (ms: number) => {
    clock.advance(ms);
    for (let turns = 0; turns < 5; turns += 1) await settle();
  };
  return { metering, asked, outcomes, reports, elapse };
}

test("each server is measured at its time and reported", async () => {
  const { asked, reports, elapse, metering } = meter();
  await elapse(INTERVAL_MS - 1);
  expect(asked).toEqual([]);
  await elapse(1);
  expect([asked.sort(), reports.length]).toEqual([["one", "other"], 2]);
  await metering.stop();
});

test("a server that hangs keeps only itself waiting", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { asked, elapse, metering } = meter({ measure: (server) => (server === "one" ? promise : Promise.resolve()) });
  for (let round = 0; round < 3; round += 1) await elapse(INTERVAL_MS);
  expect(asked.toSorted()).toEqual(["one", "other", "other", "other"]);
  resolve();
  await settle();
  await metering.stop();
});

test("a pass that fails is counted, and the next one comes", async () => {
  let broken = true;
  const { outcomes, elapse, metering } = meter({ measure: async () => (broken ? Promise.reject(new Error("gone")) : undefined) });
  await elapse(INTERVAL_MS);
  broken = false;
  await elapse(INTERVAL_MS);
  expect(outcomes).toEqual(["failed", "failed", "ok", "ok"]);
  await metering.stop();
});

test("after a report whose answer was lost the old size is news again, for the lost one may have been taken", async () => {
  const [sizes, answers] = [
    [5, 7, 5, 5],
    [true, false, true, true],
  ];
  const { metering, reports } = meter({ bytes: () => sizes.shift() ?? 0, takes: () => answers.shift() ?? true });
  for (let passes = 0; passes < 4; passes += 1) await metering.measureNow("one").catch(() => undefined);
  expect(reports.map(({ body }) => body.sizes[0]?.bytes)).toEqual([5, 7, 5]);
  await metering.stop();
});

test("a cut by the bridge is news, as is its end, whatever the size; in between it is not", async () => {
  const cuts = [false, true, true, false];
  const { metering, reports } = meter({ isCut: () => cuts.shift() ?? false });
  for (let passes = 0; passes < 4; passes += 1) await metering.measureNow("one");
  expect(reports.map(({ body }) => body.sizes.map(({ is_cut, bytes }) => [is_cut, bytes]))).toEqual([
    [[undefined, 5]],
    [[true, 5]],
    [[undefined, 5]],
  ]);
  await metering.stop();
});

test("a server under pressure is measured at once, the other one at its time", async () => {
  const { asked, elapse, metering } = meter();
  metering.hurry("one");
  metering.hurry("a server of nobody's");
  await elapse(0);
  expect(asked).toEqual(["one"]);
  await elapse(INTERVAL_MS);
  expect(asked.toSorted()).toEqual(["one", "one", "other"]);
  await metering.stop();
});

test("between batches it stands back in a burst of creates, for two seconds at most", async () => {
  const { asked, elapse, metering } = meter({ tenants: BATCH + 1, isBurst: () => true });
  metering.hurry("one");
  await elapse(0);
  await elapse(PAUSE_MIN_MS);
  expect(asked).toEqual(["one"]);
  for (let waited = 0; waited < 8; waited += 1) {
    expect(asked).toEqual(["one"]);
    await elapse(250);
  }
  expect(asked).toEqual(["one", "one"]);
  await metering.stop();
});
