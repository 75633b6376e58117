/** What the registry does not know is stopped, kept for a day and then removed; what it knows is left alone. */
import { expect, test } from "vitest";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { startStrangers } from "../../../provisioner-bridge/supervision/strangers.ts";
import { createManualClock, settle } from "../../unit/bridge/clock.ts";
import { accept, deployPlan, ended, newService, type Service, useWorld } from "./fixture.ts";

const world = useWorld();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

async function served(count: number): Promise<Service[]> {
  const process = world.start();
  const services = Array.from({ length: count }, () => newService());
  for (const service of services) {
    expect(await ended(world, await accept(world, process, service, deployPlan(world, service, 1)))).toMatchObject({ state: "succeeded" });
  }
  await process.stop();
  return services;
}

function watch() {
  const clock = createManualClock();
  const counts: number[] = [];
  const { registry, log } = world.tools();
  const random = { ...systemRandom, fraction: () => 0.5 };
  const loop = startStrangers({ registry, driver: world.machine.driver, clock, random, log, found: (count) => void counts.push(count) });
  return {
    counts,
    async pass(ms = 10 * MINUTE_MS) {
      const before = counts.length;
      clock.advance(ms);
      await expect.poll(() => counts.length).toBe(before + 1);
      await expect.poll(settle).toBeUndefined();
    },
    stop: () => loop.stop(),
  };
}

const partsOf = ({ id }: Service) => {
  const { containers, images, networks } = world.machine.contents();
  return [...containers, ...images, ...networks].filter((name) => name.includes(id)).map((name) => name.replace(id, "").trim());
};
const forget = ({ id }: Service) => world.registry.query("DELETE FROM services WHERE service_id = $1", [id]);

test("an unknown app is stopped when it is seen again, and gone a day later", async () => {
  const [known, unknown] = await served(2);
  if (known === undefined || unknown === undefined) throw new Error("two were made");
  const watched = watch();
  await forget(unknown);
  await watched.pass();
  expect(partsOf(unknown)).toEqual(["1 runs", "1", ""]);
  await watched.pass();
  await expect.poll(() => partsOf(unknown)).toEqual(["1 stands", "1", ""]);
  await watched.pass(23 * HOUR_MS);
  expect(partsOf(unknown)).toEqual(["1 stands", "1", ""]);
  await watched.pass(HOUR_MS);
  await expect.poll(() => partsOf(unknown)).toEqual([]);
  expect(partsOf(known)).toEqual(["1 runs", "1", ""]);
  await watched.pass();
  expect(watched.counts.at(-1)).toBe(0);
  await watched.stop();
});

test("when more are unknown than a few, the registry is wrong: nothing is touched", async () => {
  const services = await served(2);
  const watched = watch();
  for (const service of services) await forget(service);
  for (let passes = 0; passes < 3; passes += 1) await watched.pass(12 * HOUR_MS);
  for (const service of services) expect(partsOf(service)).toEqual(["1 runs", "1", ""]);
  expect(watched.counts.at(-1)).toBeGreaterThan(3);
  await watched.stop();
});
