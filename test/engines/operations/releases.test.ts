/** The last five releases of a service keep their image, source and build log; a rollback runs the image of one of them. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { accept, deployPlan, ended, newService, type Process, type Service, useWorld } from "./fixture.ts";

const world = useWorld();

async function deploy(process: Process, service: Service, release: number, imageOf: number | null = null) {
  const change = imageOf === null ? {} : { source: null, image_of: imageOf };
  return ended(world, await accept(world, process, service, deployPlan(world, service, release, change)));
}

const imagesOf = ({ id }: Service) =>
  world.machine
    .contents()
    .images.filter((name) => name.startsWith(id))
    .map((name) => Number(name.split(" ")[1]));

test("older ones are removed, but not an image that a kept release runs", async () => {
  const process = world.start();
  const service = newService();
  for (let release = 1; release <= 6; release += 1) expect(await deploy(process, service, release)).toMatchObject({ state: "succeeded" });
  expect(imagesOf(service)).toEqual([2, 3, 4, 5, 6]);
  expect(await readdir(join(world.logsFolder, service.id))).toHaveLength(5);

  expect(await deploy(process, service, 7, 2)).toMatchObject({ state: "succeeded" });
  const ref = { serviceId: service.id, appId: service.appId };
  expect(world.machine.container({ ...ref, release: 7 })?.container.imageRelease).toBe(2);
  expect(await deploy(process, service, 8)).toMatchObject({ state: "succeeded" });
  expect(imagesOf(service)).toEqual([2, 4, 5, 6, 8]);
  // Of a release that runs another one's image: the same image.
  expect(await deploy(process, service, 9, 7)).toMatchObject({ state: "succeeded" });
  expect(world.machine.container({ ...ref, release: 9 })?.container.imageRelease).toBe(2);

  expect(await deploy(process, service, 10, 1)).toMatchObject({ state: "failed", failure: { reason: "image_not_found" } });
  expect(await world.machine.routes.find(service.appId)).toMatchObject({ release: 9 });
  await process.stop();
});

test("a delete leaves no source and no log", async () => {
  const process = world.start();
  const service = newService();
  const before = world.machine.contents().sources;
  await deploy(process, service, 1);
  await deploy(process, service, 2);
  await ended(world, await accept(world, process, service, { verb: "delete", app_id: service.appId }));
  expect(world.machine.contents().sources).toEqual(before);
  expect(await readdir(world.logsFolder)).not.toContain(service.id);
  await process.stop();
});

test("after everything stood still, what served runs again, and what was stopped does not", async () => {
  const process = world.start();
  const [serving, stopped] = [newService(), newService()];
  for (const service of [serving, stopped]) await deploy(process, service, 1);
  await ended(world, await accept(world, process, stopped, { verb: "stop", app_id: stopped.appId }));
  await process.stop();
  const refOf = ({ id, appId }: Service) => ({ serviceId: id, appId, release: 1 });
  await world.machine.driver.stop(refOf(serving), 0);

  const next = world.start();
  const runs = (service: Service) => world.machine.container(refOf(service))?.state.isRunning;
  await expect.poll(() => runs(serving), { timeout: 10_000 }).toBe(true);
  expect(runs(stopped)).toBe(false);
  expect(await world.machine.routes.find(serving.appId)).toMatchObject({ release: 1 });
  await next.stop();
});
