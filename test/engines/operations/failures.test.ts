/** A deploy that cannot succeed says why, with the end of the log that explains it, and the release before it serves on. */
import { afterEach, expect, test } from "vitest";
import { failureSchema } from "../../../contract/deploys.ts";
import { DriverFailure } from "../../../provisioner-bridge/services/driver.ts";
import { accept, deployPlan, ended, newService, useWorld } from "./fixture.ts";
import type { Behaviour } from "./machine.ts";

const world = useWorld();
const CLOSED_PORT = "127.0.0.1:9";
const ENDED = { isRunning: false, address: null, exitCode: 3 };

afterEach(() => {
  world.machine.behaviour = {};
});

const failing: [name: string, behaviour: Behaviour, expected: object][] = [
  [
    "build_failed",
    {
      build: async ({ onLine }) => {
        onLine("npm ERR! missing: express");
        throw new DriverFailure("build_failed", "the build ended", { exitCode: 1 });
      },
    },
    { exit_code: 1, last_lines: expect.stringContaining("npm ERR! missing: express"), event: "The build failed with exit code 1." },
  ],
  [
    "build_timeout",
    { build: ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))) },
    { event: "The build was stopped after 600 seconds." },
  ],
  ["crash_loop", { state: ENDED, lines: ["Error: no database"] }, { exit_code: 3, last_lines: "Error: no database" }],
  ["out_of_memory", { state: { ...ENDED, exitCode: 137, wasOutOfMemory: true } }, { exit_code: 137 }],
  [
    "port_mismatch",
    { state: { address: CLOSED_PORT }, listening: [3000] },
    { event: "The app listens on port 3000, not on port 8080.", exit_code: null },
  ],
  ["not_ready", { state: { address: CLOSED_PORT }, listening: [8080] }, { event: expect.stringContaining("within 60 seconds") }],
  ["not_ready", { state: { address: CLOSED_PORT }, listening: [] }, {}],
];

test.each(failing)("%s", async (reason, behaviour, expected) => {
  const process = world.start();
  const service = newService();
  await ended(world, await accept(world, process, service, deployPlan(world, service, 1)));
  world.machine.behaviour = behaviour;
  const outcome = await ended(world, await accept(world, process, service, deployPlan(world, service, 2)));
  const failure = failureSchema.parse(outcome?.failure);
  expect(failure).toMatchObject({ reason, ...expected });
  expect(await world.machine.routes.find(service.appId)).toMatchObject({ release: 1 });
  expect(world.machine.container({ serviceId: service.id, appId: service.appId, release: 2 })).toBeUndefined();
  await process.stop();
});

test("an app that prints its variables before it ends does not get them into the failure", async () => {
  const process = world.start();
  const service = newService();
  world.machine.behaviour = { state: ENDED, lines: ["SECRET=canary-of-a-variable"] };
  const outcome = await ended(world, await accept(world, process, service, deployPlan(world, service, 1)));
  expect(outcome?.failure).toMatchObject({ reason: "crash_loop", last_lines: "SECRET=***" });
  await process.stop();
});

test("a container engine that is away for a while delays a deploy, and does not fail it", async () => {
  const process = world.start();
  const service = newService();
  let failures = 4;
  world.machine.behaviour.build = async () => {
    if (failures-- > 0) throw new Error("connect ECONNREFUSED");
  };
  const id = await accept(world, process, service, deployPlan(world, service, 1));
  expect(await ended(world, id)).toMatchObject({ state: "succeeded" });
  await process.stop();
});

test("one that stays away fails it as internal", async () => {
  const process = world.start();
  const service = newService();
  world.machine.behaviour.build = async () => {
    throw new Error("connect ECONNREFUSED");
  };
  const id = await accept(world, process, service, deployPlan(world, service, 1));
  expect(await ended(world, id)).toMatchObject({ state: "failed", failure: { reason: "internal" } });
  await process.stop();
});
