/** Nothing is built or started unless probes have shown that containers are isolated, and until probes show otherwise. */
import { expect, test } from "vitest";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { startIsolation } from "../../../provisioner-bridge/services/isolation/isolation.ts";
import { reachedIn } from "../../../provisioner-bridge/services/isolation/probe.ts";
import { createManualClock, settle } from "./clock.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** `answers`: what the probes find, in order; the last one again and again. An Error: they cannot run. */
function isolation(answers: readonly (readonly string[] | Error)[]) {
  const clock = createManualClock();
  const asked = { count: 0, confirmed: 0 };
  const findReachable = async () => {
    const answer = answers[Math.min(asked.count, answers.length - 1)] ?? [];
    asked.count += 1;
    if (answer instanceof Error) throw answer;
    return [...answer];
  };
  const random = { ...systemRandom, fraction: () => 0 };
  const started = startIsolation({ clock, random, log: createLog("silent"), findReachable });
  started.onConfirmed(() => {
    asked.confirmed += 1;
  });
  return { ...started, clock, asked };
}

const later = async ({ clock }: { clock: ReturnType<typeof createManualClock> }, ms: number) => {
  clock.advance(ms);
  await settle();
};

test("a caller waits for the first probes, which confirm it; they run again every ten minutes", async () => {
  const probed = isolation([[]]);
  expect([probed.isConfirmed(), probed.trouble()]).toEqual([false, "the isolation of containers is being checked"]);
  await probed.require();
  expect([probed.isConfirmed(), probed.trouble(), probed.asked]).toEqual([true, null, { count: 1, confirmed: 1 }]);
  await later(probed, 10 * MINUTE_MS - 1);
  expect(probed.asked.count).toBe(1);
  await later(probed, 1);
  // Confirmed again: no news.
  expect(probed.asked).toEqual({ count: 2, confirmed: 1 });
  await probed.stop();
});

test("one place that is reached refuses everything; the pauses grow until it is closed", async () => {
  const probed = isolation([["gateway:8788"], ["gateway:8788"], ["gateway:8788"], []]);
  await expect(probed.require()).rejects.toMatchObject({ code: "builder_unavailable" });
  for (const [pauseMs, count] of [
    [2 * SECOND_MS, 2],
    [4 * SECOND_MS, 3],
    [8 * SECOND_MS, 4],
  ] as const) {
    await expect(probed.require()).rejects.toMatchObject({ code: "builder_unavailable" });
    await later(probed, pauseMs - 1);
    expect(probed.asked.count).toBe(count - 1);
    await later(probed, 1);
    expect(probed.asked.count).toBe(count);
  }
  await probed.require();
  expect(probed.asked.confirmed).toBe(1);
  await probed.stop();
});

test("probes that cannot run confirm nothing: a caller waits for the next ones at the start, and is refused after a minute", async () => {
  const probed = isolation([new Error("no engine"), new Error("no engine"), []]);
  const waiting = probed.require();
  await settle();
  await later(probed, 2 * SECOND_MS);
  await later(probed, 4 * SECOND_MS);
  await waiting;
  await probed.stop();

  const never = isolation([new Error("no engine")]);
  await settle();
  const refused = expect(never.require()).rejects.toMatchObject({ code: "builder_unavailable" });
  await later(never, MINUTE_MS);
  await refused;
  await never.stop();
});

test("one that was confirmed is refused when a later probe cannot run", async () => {
  const probed = isolation([[], new Error("the probes took too long")]);
  await probed.require();
  await later(probed, 10 * MINUTE_MS);
  await expect(probed.require()).rejects.toMatchObject({ code: "builder_unavailable" });
  expect(probed.trouble()).toContain("could not be checked");
  await probed.stop();
});

const PLACES = ["gateway:1", "10.0.0.1:2"];
test("what a probe printed says which places it reached", () => {
  expect(reachedIn(["STEP 1", "gateway 10.0.0.1", "closed gateway:1", "open 10.0.0.1:2", "done"], PLACES)).toEqual(["10.0.0.1:2"]);
  expect(reachedIn(["gateway 10.0.0.1", "closed gateway:1", "closed 10.0.0.1:2"], PLACES)).toEqual([]);
});

test.each<[string, string[]]>([
  ["has no network of its own", ["gateway ", "closed gateway:1", "closed 10.0.0.1:2"]],
  ["ended before it had tried all", ["gateway 10.0.0.1", "closed gateway:1"]],
  ["printed nothing", []],
])("a probe that %s shows nothing", (_what, lines) => {
  expect(() => reachedIn(lines, PLACES)).toThrow("a probe");
});
