/** An app that ends is started again with pauses that grow; what its owner must know is reported, once each time it changes. */
import { afterEach, expect, test } from "vitest";
import type { Report } from "../../../contract/reports.ts";
import { startReportLoop } from "../../../provisioner-bridge/operations/report-loop.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { startSupervisor } from "../../../provisioner-bridge/supervision/supervisor.ts";
import { accept, BRIDGE_ID, deployPlan, ended, newService, type Process, type Service, useWorld } from "./fixture.ts";

const world = useWorld();
const MIB = 1_048_576;
const TIMES = { timeout: 20_000, interval: 5 };

afterEach(() => {
  world.machine.behaviour = {};
});

async function serving(process: Process): Promise<Service> {
  const service = newService();
  expect(await ended(world, await accept(world, process, service, deployPlan(world, service, 1)))).toMatchObject({ state: "succeeded" });
  return service;
}

/** A bridge's supervisor, and what it has reported of services. */
function supervise() {
  const reports: Extract<Report, { kind: "service" }>["body"][] = [];
  const { registry, clock, log } = world.tools();
  const report = async (one: Report) => {
    if (one.kind === "service") reports.push(one.body);
  };
  const loop = startReportLoop({ registry, bridgeId: BRIDGE_ID, clock, random: systemRandom, log, report });
  const { driver, routes } = world.machine;
  const supervisor = startSupervisor({
    mayStart: () => true,
    registry,
    bridgeId: BRIDGE_ID,
    driver,
    routes,
    clock,
    random: systemRandom,
    log,
    onChange: () => loop.hurry(),
  });
  return {
    of: ({ id }: Service) => reports.filter(({ service_id }) => service_id === id).map(({ failure }) => failure?.reason ?? null),
    generationsOf: ({ id }: Service) => reports.filter(({ service_id }) => service_id === id).map(({ generation }) => generation),
    stop: () => Promise.all([supervisor.stop(), loop.stop()]),
  };
}

const refOf = ({ id, appId }: Service, release = 1) => ({ serviceId: id, appId, release });
const end = (service: Service, state: object = { exitCode: 1 }) =>
  Object.assign(world.machine.container(refOf(service))?.state ?? {}, { isRunning: false, address: null, ...state });
const isRunning = (service: Service) => world.machine.container(refOf(service))?.state.isRunning;

test("an app that ends, also with code 0, is started again; after three ends it counts as failed, and is healthy when it runs on", async () => {
  const process = world.start();
  const service = await serving(process);
  const other = await serving(process);
  const watched = supervise();
  for (let times = 0; times < 3; times += 1) {
    end(service, { exitCode: 0 });
    await expect.poll(() => isRunning(service), TIMES).toBe(true);
  }
  await expect.poll(() => watched.of(service), TIMES).toEqual(["crash_loop", null]);
  expect(watched.of(other)).toEqual([]);
  await watched.stop();
  await process.stop();
});

test("one that used too much memory counts as failed at once, and its variables are masked", async () => {
  const process = world.start();
  const service = await serving(process);
  world.machine.behaviour = { lines: ["canary-of-a-variable"] };
  const watched = supervise();
  end(service, { exitCode: 137, wasOutOfMemory: true });
  await expect.poll(() => watched.of(service)[0], TIMES).toBe("out_of_memory");
  const { rows } = await world.registry.query("SELECT failure FROM service_states WHERE service_id = $1", [service.id]);
  expect(JSON.stringify(rows)).not.toContain("canary-of-a-variable");
  await watched.stop();
  await process.stop();
});

test.each([
  [64 * MIB - 1, false],
  [64 * MIB, false],
  [64 * MIB + 1, true],
])("one that stores %d bytes, of 64 MiB that it may: stopped %s, until it is deployed again", async (diskBytes, isStopped) => {
  const process = world.start();
  const service = await serving(process);
  const marker = await serving(process);
  world.machine.behaviour = { diskBytes };
  const watched = supervise();
  // Two ends of another app take longer than the disks are looked at.
  if (isStopped) await expect.poll(() => watched.of(service), TIMES).toEqual(["disk_full"]);
  else {
    for (let times = 0; times < 2; times += 1) {
      end(marker);
      await expect.poll(() => isRunning(marker), TIMES).toBe(true);
    }
    expect(watched.of(service)).toEqual([]);
  }
  expect(isRunning(service)).toBe(!isStopped);
  world.machine.behaviour = {};
  if (isStopped) {
    expect(await ended(world, await accept(world, process, service, deployPlan(world, service, 2)))).toMatchObject({ state: "succeeded" });
    expect(world.machine.container(refOf(service, 2))?.state.isRunning).toBe(true);
    expect(watched.of(service)).toEqual(["disk_full"]);
  }
  await watched.stop();
  await process.stop();
});

test.each<[string, (service: Service) => void]>([
  ["is stopped for its disk", () => Object.assign(world.machine.behaviour, { diskBytes: 65 * MIB })],
  ["used too much memory", (service) => end(service, { exitCode: 137, wasOutOfMemory: true })],
])(
  "an operation that leaves the release of an app which %s as it is: the state is reported again, for the new generation",
  async (_what, fail) => {
    const process = world.start();
    const service = await serving(process);
    const watched = supervise();
    // It does not recover meanwhile.
    world.machine.behaviour = { state: { isRunning: false, address: null, exitCode: 137, wasOutOfMemory: true } };
    fail(service);
    await expect.poll(() => watched.of(service).length, TIMES).toBe(1);
    const access = { is_private: true, allowed_ips: ["192.0.2.1"] };
    await ended(world, await accept(world, process, service, { verb: "access", app_id: service.appId, access }));
    await expect.poll(() => watched.generationsOf(service), TIMES).toEqual([1, 2]);
    expect(new Set(watched.of(service)).size).toBe(1);
    await watched.stop();
    await process.stop();
  },
);

test("one that was stopped by its owner stays so", async () => {
  const process = world.start();
  const service = await serving(process);
  const marker = await serving(process);
  await ended(world, await accept(world, process, service, { verb: "stop", app_id: service.appId }));
  const watched = supervise();
  end(marker);
  await expect.poll(() => isRunning(marker), TIMES).toBe(true);
  expect([isRunning(service), watched.of(service)]).toEqual([false, []]);
  await watched.stop();
  await process.stop();
});
