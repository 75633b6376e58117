/** Builds run in parallel up to a number, in turn between teams and in order within one; every operation waits for those of its service. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { accept, deployPlan, ended, newService, useWorld } from "./fixture.ts";

const world = useWorld();

/** Holds every build until it is let go, and tells which releases build. */
function holdBuilds() {
  const holds = new Map<number, () => void>();
  const begun: number[] = [];
  world.machine.behaviour.build = async ({ release, signal }) => {
    begun.push(release);
    await new Promise<void>((resolve, reject) => {
      holds.set(release, resolve);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  };
  return { begun, release: (number: number) => holds.get(number)?.() };
}

afterEach(() => {
  world.machine.behaviour = {};
});

test("two teams take turns, and queue_position falls", async () => {
  const builds = holdBuilds();
  const process = world.start({ builds: 2 });
  const [one, two] = [randomUUID(), randomUUID()];
  // The release's number names the deploy: 1x of the first team, 2x of the second, each of a service of its own.
  const ids = new Map<number, string>();
  for (const [team, release] of [
    [one, 11],
    [one, 12],
    [one, 13],
    [one, 14],
    [two, 21],
    [two, 22],
  ] as const) {
    const service = newService(team);
    ids.set(release, await accept(world, process, service, deployPlan(world, service, release)));
    await expect.poll(() => builds.begun.length).toBeGreaterThanOrEqual(Math.min(2, ids.size));
  }
  const positions = async () => {
    const statuses = await process.statuses([...ids.values()]);
    return [...ids].map(([, id]) => statuses.find(({ operation_id }) => operation_id === id)?.queue_position);
  };
  expect(builds.begun).toEqual([11, 12]);
  expect(await positions()).toEqual([null, null, 2, 3, 0, 1]);

  builds.release(11);
  await expect.poll(() => builds.begun).toEqual([11, 12, 21]);
  expect(await positions()).toEqual([null, null, 0, 2, null, 1]);
  for (const [done, next] of [
    [12, 13],
    [21, 22],
    [13, 14],
  ] as const) {
    builds.release(done);
    await expect.poll(() => builds.begun).toContain(next);
  }
  builds.release(14);
  builds.release(22);
  for (const id of ids.values()) expect(await ended(world, id)).toMatchObject({ state: "succeeded" });
  await process.stop();
});

test("a stop of a service waits for its build, one of another service does not", async () => {
  const builds = holdBuilds();
  const process = world.start({ builds: 1 });
  const [service, other] = [newService(), newService()];
  const deploy = await accept(world, process, service, deployPlan(world, service, 1));
  const stop = await accept(world, process, service, { verb: "stop", app_id: service.appId });
  const stopOther = await accept(world, process, other, { verb: "stop", app_id: other.appId });
  expect(await ended(world, stopOther)).toMatchObject({ state: "succeeded" });
  expect(await process.statuses([stop])).toMatchObject([{ state: "queued", queue_position: 0 }]);
  await expect.poll(() => builds.begun).toEqual([1]);
  builds.release(1);
  await ended(world, deploy);
  await ended(world, stop);
  expect(await world.machine.routes.find(service.appId)).toBeNull();
  await process.stop();
});

test("a process that stops gives its operations to the next one at once", async () => {
  const builds = holdBuilds();
  const process = world.start();
  const service = newService();
  const id = await accept(world, process, service, deployPlan(world, service, 1));
  await expect.poll(() => builds.begun).toEqual([1]);
  await process.stop();
  world.machine.behaviour = {};
  const next = world.start();
  expect(await ended(world, id)).toMatchObject({ state: "succeeded" });
  await next.stop();
});

test("a process whose lease was taken over stops its work", async () => {
  const builds = holdBuilds();
  const first = world.start();
  const service = newService();
  const id = await accept(world, first, service, deployPlan(world, service, 1));
  await expect.poll(() => builds.begun).toEqual([1]);
  await world.registry.query("UPDATE operations SET holder = NULL WHERE operation_id = $1", [id]);
  world.machine.behaviour = {};
  const second = world.start();
  expect(await ended(world, id)).toMatchObject({ state: "succeeded" });
  expect(world.machine.contents().containers.filter((name) => name.startsWith(service.id))).toEqual([`${service.id} 1 runs`]);
  await first.stop();
  await second.stop();
});
