/** The build of a release's image. Its output goes into the build log while it comes. */
import type { PlanOf } from "../../../contract/operations.ts";
import { noteImage } from "../../registry/releases.ts";
import { StepFailure } from "../failure.ts";
import { record, type StepContext } from "../step.ts";
import { refOf } from "./ref.ts";

const SECOND_MS = 1_000;
const WRITTEN_HEADING = "The source has no Dockerfile. It is built with this one:";

type Plan = PlanOf<"deploy">;

export async function build(context: StepContext, plan: Plan): Promise<void> {
  const { driver, serviceId } = context;
  if (plan.source !== null && !(await driver.hasImage(refOf(context, plan)))) {
    await record(context, (query) => noteImage(query, serviceId, plan.release, true));
    await buildWithLog(context, plan, plan.source.id);
  }
  await context.built();
}

async function buildWithLog(context: StepContext, plan: Plan, sourceId: string): Promise<void> {
  const { buildMs, clock, driver, logs, sources, serviceId, operationId } = context;
  const writer = await logs.open({ serviceId, operationId, release: plan.release });
  const timeout = new AbortController();
  const cancel = clock.after(buildMs, () => timeout.abort());
  try {
    const { written, ...files } = await sources.context(sourceId);
    if (written !== null) writer.write(`${WRITTEN_HEADING}\n${written}`);
    const signal = AbortSignal.any([context.signal, timeout.signal]);
    await driver.build({ ...refOf(context, plan), ...files, onLine: writer.write, signal });
  } catch (error) {
    context.signal.throwIfAborted();
    if (timeout.signal.aborted) throw new StepFailure("build_timeout", { seconds: Math.round(buildMs / SECOND_MS) }, { cause: error });
    throw error;
  } finally {
    cancel();
    await writer.close();
  }
}

export async function removeBuilt(context: StepContext, plan: Plan): Promise<void> {
  if (plan.source === null) return;
  await context.driver.removeImage(refOf(context, plan));
  await record(context, (query) => noteImage(query, context.serviceId, plan.release, false));
}
