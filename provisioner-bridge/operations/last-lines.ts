/** The failure of a step, with the end of the log that explains it: the build's, or the container's. */
import type { Failure, Variables } from "../../contract/deploys.ts";
import { BUILDING_STEPS, type OperationPlan } from "../../contract/operations.ts";
import type { ReleaseRef } from "../services/driver.ts";
import { lastLines } from "../services/logs/build-log-file.ts";
import { type FailureFacts, failureOf } from "./failure.ts";
import type { StepContext } from "./step.ts";

const LINES = 50;
const READ_TIMEOUT_MS = 5_000;
const MASK = "***";
/** Shorter values are words such as "true", which a mask would only make unreadable. */
const MASKED_MIN_CHARACTERS = 8;

export async function describeFailure(context: StepContext, plan: OperationPlan, step: string, error: unknown): Promise<Failure> {
  const at = context.clock.now();
  if (plan.verb !== "deploy") return failureOf(error, { facts: {}, lastLines: [], at });
  const facts: FailureFacts = { port: plan.port, memoryMb: plan.limits.memory_mb };
  const ref = { serviceId: context.serviceId, appId: plan.app_id, release: plan.release };
  const lines = await (BUILDING_STEPS.includes(step) ? buildLines(context) : runLines(context, ref)).catch((err: unknown) => {
    context.log.warn({ err }, "the log of a failed release could not be read");
    return [];
  });
  return failureOf(error, { facts, lastLines: masked(lines, plan.variables), at });
}

async function buildLines({ logs, serviceId, operationId }: StepContext): Promise<string[]> {
  const file = await logs.find(serviceId, operationId);
  return file === null ? [] : (await lastLines(file, LINES)).map(({ text }) => text);
}

/** The end of what a container has printed, in bounded time. */
export async function runLines({ clock, driver }: Pick<StepContext, "clock" | "driver">, ref: ReleaseRef): Promise<string[]> {
  const timeout = new AbortController();
  const cancel = clock.after(READ_TIMEOUT_MS, () => timeout.abort());
  const lines: string[] = [];
  try {
    const newest = driver.logs(ref, { tail: LINES, follow: false, signal: timeout.signal });
    for await (const { text } of newest) lines.push(text);
    return lines;
  } finally {
    cancel();
  }
}

/** An app may print its variables before it ends. A failure is stored and sent, so it must not hold them. */
export function masked(lines: readonly string[], variables: Variables): string[] {
  const values = Object.values(variables).filter((value) => value.length >= MASKED_MIN_CHARACTERS);
  return lines.map((line) => values.reduce((text, value) => text.replaceAll(value, MASK), line));
}
