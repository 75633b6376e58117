/** A service that is to be deleted does not wait for its deploys: they are cancelled, and what they made is removed. */
import { afterEach, expect, test } from "vitest";
import { accept, deployPlan, ended, newService, type Service, useWorld } from "./fixture.ts";

const world = useWorld();

afterEach(() => {
  world.machine.behaviour = {};
});

/** Builds that end only by being aborted. @returns the releases that build */
function endlessBuilds(): number[] {
  const begun: number[] = [];
  world.machine.behaviour.build = async ({ release, signal }) => {
    begun.push(release);
    await new Promise<void>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  return begun;
}

/** It is renewed several times while the longest build may take. */
const SHORT_LEASE_MS = 300_000;

const deletion = ({ appId }: Service) => ({ verb: "delete" as const, app_id: appId });
const ofService = ({ id }: Service) =>
  Object.values(world.machine.contents())
    .flat()
    .filter((name) => name.includes(id));

test("a delete ends a build, a deploy in line and one that waits for its app", async () => {
  const begun = endlessBuilds();
  const process = world.start({ builds: 1 });
  const [building, waiting] = [newService(), newService()];
  const first = await accept(world, process, building, deployPlan(world, building, 1));
  await expect.poll(() => begun).toEqual([1]);
  const second = await accept(world, process, building, deployPlan(world, building, 2));
  // Its place in the line is behind the build.
  const third = await accept(world, process, waiting, deployPlan(world, waiting, 3));

  const gone = await accept(world, process, waiting, deletion(waiting));
  expect((await ended(world, third))?.state).toBe("failed");
  expect((await ended(world, gone))?.state).toBe("succeeded");

  const deleted = await accept(world, process, building, deletion(building));
  expect((await ended(world, first))?.state).toBe("failed");
  expect((await ended(world, second))?.state).toBe("failed");
  expect((await ended(world, deleted))?.state).toBe("succeeded");
  expect(begun).toEqual([1]);
  expect([ofService(building), ofService(waiting)]).toEqual([[], []]);
  await process.stop();
});

test("a delete that another process accepts ends a build at the next renewal of its lease", async () => {
  const begun = endlessBuilds();
  const builder = world.start({ leaseMs: SHORT_LEASE_MS });
  const service = newService();
  const deployed = await accept(world, builder, service, deployPlan(world, service, 1));
  await expect.poll(() => begun).toEqual([1]);
  const other = world.start();
  const deleted = await accept(world, other, service, deletion(service));
  // A build that was not cancelled would time out.
  expect(await ended(world, deployed)).toMatchObject({ state: "failed", failure: { reason: "internal" } });
  expect((await ended(world, deleted))?.state).toBe("succeeded");
  expect(ofService(service)).toEqual([]);
  await Promise.all([builder.stop(), other.stop()]);
});

test("a deploy that has moved the route, and only clears up, succeeds", async () => {
  const process = world.start();
  const service = newService();
  await ended(world, await accept(world, process, service, deployPlan(world, service, 1)));
  const again = await accept(world, process, service, deployPlan(world, service, 2));
  await expect.poll(async () => (await process.statuses([again]))[0]?.state).toBe("succeeded");
  const deleted = await accept(world, process, service, deletion(service));
  expect((await ended(world, again))?.state).toBe("succeeded");
  expect((await ended(world, deleted))?.state).toBe("succeeded");
  expect(ofService(service)).toEqual([]);
  await process.stop();
});
