/** A crash before or after any step of any operation ends as if it had not happened; a failure at any step leaves what was there before. */
import { describe, expect, test } from "vitest";
import type { OperationPlan, OperationVerb } from "../../../contract/operations.ts";
import { StepFailure } from "../../../provisioner-bridge/operations/failure.ts";
import { operationPoints, tableOf } from "../../../provisioner-bridge/operations/tables.ts";
import { accept, deployPlan, ended, newService, type Process, type Service, useWorld, type World } from "./fixture.ts";

const world = useWorld();
const VERBS: readonly OperationVerb[] = ["deploy", "stop", "access", "delete"];
const PRIVATE = { is_private: true, allowed_ips: ["192.0.2.1"] };

/** The operation that is disturbed: a redeploy, or another verb on a service that runs. */
function planOf(verb: OperationVerb, service: Service): OperationPlan {
  const app_id = service.appId;
  if (verb === "deploy") return deployPlan(world, service, 2);
  return verb === "access" ? { verb, app_id, access: PRIVATE } : { verb, app_id };
}

/** What there is of one service. */
function contentsOf({ machine }: World, { id, appId }: Service) {
  const { containers, images, networks, routes } = machine.contents();
  const own = (names: string[]) => names.filter((name) => name.startsWith(id)).map((name) => name.slice(id.length).trim());
  return {
    containers: own(containers),
    images: own(images),
    networks: own(networks),
    routes: routes.filter((name) => name.startsWith(appId)),
  };
}

const BEFORE = (appId: string) => ({ containers: ["1 runs"], images: ["1"], networks: [""], routes: [`${appId} 1`] });
const AFTER: Record<OperationVerb, (appId: string) => object> = {
  deploy: (appId) => ({ containers: ["2 runs"], images: ["1", "2"], networks: [""], routes: [`${appId} 2`] }),
  stop: () => ({ containers: ["1 stands"], images: ["1"], networks: [""], routes: [] }),
  access: BEFORE,
  delete: () => ({ containers: [], images: [], networks: [], routes: [] }),
};

async function runningService(process: Process): Promise<Service> {
  const service = newService();
  const id = await accept(world, process, service, deployPlan(world, service, 1));
  expect(await ended(world, id)).toMatchObject({ state: "succeeded" });
  expect(contentsOf(world, service)).toEqual(BEFORE(service.appId));
  return service;
}

describe.each(VERBS)("a crash of the process that runs a %s", (verb) => {
  test.each(operationPoints(verb))("at %s changes nothing of its outcome", async (point) => {
    const first = world.start();
    const service = await runningService(first);
    await first.stop();

    const { process: dying, hasDied } = world.startDyingAt(point);
    const id = await accept(world, dying, service, planOf(verb, service));
    await hasDied;
    world.forgetLeases();
    const next = world.start();
    expect(await ended(world, id)).toMatchObject({ state: "succeeded", failure: null });
    expect(contentsOf(world, service)).toEqual(AFTER[verb](service.appId));
    await next.stop();
  });
});

const FAILING = VERBS.flatMap((verb) =>
  tableOf(verb)
    .steps.filter(({ isAfterwork }) => !tableOf(verb).isCertain && !isAfterwork)
    .flatMap(({ name }) => (["before", "after"] as const).map((side) => ({ verb, name, side }))),
);

describe.each(FAILING)("a $verb that fails for good $side $name", ({ verb, name, side }) => {
  const point = `operation.${verb}.${name}.${side}` as const;
  const startFailing = () =>
    world.start({
      fault: async (reached) => {
        if (reached === point) throw new StepFailure("internal");
      },
    });

  test("leaves what was there before, and undoing twice is the same", async () => {
    const first = world.start();
    const service = await runningService(first);
    await first.stop();

    const failing = startFailing();
    const plan = planOf(verb, service);
    const id = await accept(world, failing, service, plan);
    expect(await ended(world, id)).toMatchObject({ state: "failed", failure: { reason: "internal" } });
    const before = verb === "stop" && isAfterStop(name, side) ? STOPPED : BEFORE(service.appId);
    expect(contentsOf(world, service)).toEqual(before);
    for (const step of tableOf(verb).steps.toReversed()) await step.undo(world.context(service, id), plan);
    expect(contentsOf(world, service)).toEqual(before);
    await failing.stop();
  });
});

/** A container that was stopped is not started again: its variables are gone. */
const STOPPED = { containers: ["1 stands"], images: ["1"], networks: [""], routes: [] };
const isAfterStop = (name: string, side: string) => name === "stop" && side === "after";

describe("a first deploy that fails for good", () => {
  test.each(operationPoints("deploy").filter((point) => !point.includes(".retire.")))("at %s leaves nothing", async (point) => {
    const process = world.start({
      fault: async (reached) => {
        if (reached === point) throw new StepFailure("internal");
      },
    });
    const service = newService();
    const id = await accept(world, process, service, deployPlan(world, service, 1));
    expect(await ended(world, id)).toMatchObject({ state: "failed" });
    expect(contentsOf(world, service)).toEqual({ containers: [], images: [], networks: [], routes: [] });
    await process.stop();
  });
});

describe("a delete", () => {
  test.each(operationPoints("delete"))("that fails ten times at %s succeeds", async (point) => {
    let failures = 10;
    const process = world.start({
      fault: async (reached) => {
        if (reached === point && failures-- > 0) throw new StepFailure("internal");
      },
    });
    const service = await runningService(process);
    const id = await accept(world, process, service, planOf("delete", service));
    expect(await ended(world, id)).toMatchObject({ state: "succeeded" });
    expect(contentsOf(world, service)).toEqual(AFTER.delete(service.appId));
    await process.stop();
  });
});

test("a plan is kept as ciphertext, and not after the end; no log holds a variable", async () => {
  const process = world.start();
  const service = await runningService(process);
  const { rows } = await world.registry.query("SELECT * FROM operations WHERE service_id = $1", [service.id]);
  expect(rows).toMatchObject([{ plan: null, state: "succeeded" }]);
  expect(JSON.stringify(rows) + world.logs.join("")).not.toContain("canary-of-a-variable");
  expect(world.machine.container({ serviceId: service.id, appId: service.appId, release: 1 })?.container.variables).toEqual({
    SECRET: "canary-of-a-variable",
    PORT: "8080",
  });
  await process.stop();
});
