import { expect, test } from "vitest";
import { createGate } from "../../../provisioner-bridge/jobs/gate.ts";
import { createManualClock, settle } from "./clock.ts";

const LIMITS = { running: 2, waiting: 1, waitMs: 1_000 };
const BUSY = { code: "resource_busy" };

function blocked() {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { work: () => promise, end: () => resolve("done") };
}

test("more than may run wait; more than may wait are refused at once", async () => {
  const gate = createGate(LIMITS, createManualClock());
  const jobs = [blocked(), blocked(), blocked()];
  const running = jobs.map(({ work }) => gate(work));
  await settle();
  await expect(gate(async () => "late")).rejects.toMatchObject(BUSY);
  for (const job of jobs) job.end();
  expect(await Promise.all(running)).toEqual(["done", "done", "done"]);
});

test("a job that waited too long is not begun", async () => {
  const clock = createManualClock();
  const gate = createGate({ ...LIMITS, running: 1 }, clock);
  const first = blocked();
  const running = gate(first.work);
  let begun = false;
  const waiting = gate(async () => {
    begun = true;
  });
  const refused = expect(waiting).rejects.toMatchObject(BUSY);
  await settle();
  clock.advance(1_001);
  first.end();
  await running;
  await refused;
  expect(begun).toBe(false);
});
