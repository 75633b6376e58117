/** The steps of a deploy: a new release beside the old one, which keeps serving until the new one has answered. */
import type { PlanOf } from "../../../contract/operations.ts";
import { noteContainer, readReleases } from "../../registry/releases.ts";
import { readService } from "../../registry/services.ts";
import { StepFailure } from "../failure.ts";
import { routeToServing } from "../serving.ts";
import { nothing, record, type StepContext, type StepTable } from "../step.ts";
import { build, removeBuilt } from "./build.ts";
import { probe } from "./probe.ts";
import { refOf } from "./ref.ts";
import { retire } from "./retire.ts";
import { sweepReleases } from "./sweep.ts";

type Plan = PlanOf<"deploy">;

export const deploySteps: StepTable<"deploy"> = {
  steps: [
    // Nothing to do; at the end of a failed deploy, releases that are no longer kept are forgotten.
    { name: "prepare", do: nothing, undo: sweepReleases },
    { name: "build", do: build, undo: removeBuilt },
    { name: "network", do: ({ driver, serviceId }) => driver.ensureNetwork(serviceId), undo: removeFirstNetwork },
    { name: "start", do: start, undo: removeStarted },
    { name: "probe", do: probe, undo: nothing },
    { name: "route", do: route, undo: routeToServing },
    { name: "retire", do: retire, undo: nothing, isAfterwork: true },
  ],
};

/** Whose image the release runs stands in its row since the operation was accepted. */
async function imageReleaseOf(context: StepContext, { release }: Plan): Promise<number> {
  const rows = await record(context, (query) => readReleases(query, context.serviceId));
  const row = rows.find((one) => one.release === release);
  if (row === undefined) throw new Error(`release ${release} of service ${context.serviceId} has no row`);
  return row.image_release;
}

/** The network belongs to the service: it goes only with a service that has never served. */
async function removeFirstNetwork(context: StepContext): Promise<void> {
  const service = await record(context, (query) => readService(query, context.serviceId));
  if (service === null || service.release === null) await context.driver.removeNetwork(context.serviceId);
}

async function start(context: StepContext, plan: Plan): Promise<void> {
  const { port, limits, release } = plan;
  const imageRelease = await imageReleaseOf(context, plan);
  await record(context, (query) => noteContainer(query, context.serviceId, release, true));
  const variables = { ...plan.variables, PORT: String(port) };
  await context.driver.start({ ...refOf(context, plan), imageRelease, port, variables, limits });
}

async function removeStarted(context: StepContext, plan: Plan): Promise<void> {
  await context.driver.removeContainer(refOf(context, plan));
  await record(context, (query) => noteContainer(query, context.serviceId, plan.release, false));
}

async function route(context: StepContext, plan: Plan): Promise<void> {
  const { driver, routes, serviceId } = context;
  const { release, access, app_id: appId } = plan;
  const state = await driver.inspect(refOf(context, plan));
  if (state === null || !state.isRunning || state.address === null) {
    throw new StepFailure("crash_loop", { exitCode: state?.exitCode ?? null });
  }
  await routes.set({ appId, serviceId, release, upstream: state.address, access });
}
