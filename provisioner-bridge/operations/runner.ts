/**
 * Runs one operation from the step that the registry names to its end: forwards, or after a failure backwards. Each step is recorded
 * before it runs, so that the next process goes on with the same step.
 */
import type { FailureReason } from "../../contract/deploys.ts";
import type { OperationPlan } from "../../contract/operations.ts";
import type { Fault } from "../faults.ts";
import type { Log } from "../log.ts";
import type { Random } from "../ports/random.ts";
import { Refusal } from "../refusal.ts";
import { type Query, withRegistry } from "../registry/database.ts";
import * as progress from "../registry/operation-progress.ts";
import type { ClaimedOperation } from "../registry/operation-queue.ts";
import { DriverFailure } from "../services/driver.ts";
import { failureOf, StepFailure } from "./failure.ts";
import { describeFailure } from "./last-lines.ts";
import { type AnyStep, type AnyTable, pause, type StepContext, type StepTools } from "./step.ts";
import { tableOf } from "./tables.ts";

/** A step that is begun this often fails for good. All pauses together last half a minute: a container engine is back by then. */
const TRIES_MAX = 7;
const UNOPENED_STEP = "open";
const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 15_000;

export type RunnerDeps = StepTools & {
  openPlan(jwe: string): Promise<OperationPlan>;
  fault: Fault;
  random: Random;
  log: Log;
  /** A place for builds is free. */
  onBuilt(): void;
  /** A status has changed. */
  onChange(): void;
};

export type RunSignals = {
  /** This process may not go on: another one takes the operation over. */
  signal: AbortSignal;
  /** The operation need not reach its goal: it fails and is undone. Its reason is the step's error. */
  cancelled: AbortSignal;
};

type Run = {
  deps: RunnerDeps;
  lease: progress.Held;
  context: StepContext;
  cancelled: AbortSignal;
  plan: OperationPlan;
  table: AnyTable;
};

/** Resolves at the end of the operation. @throws the signal's reason, LeaseLost, or an error of the registry: another process goes on */
export async function runOperation(
  deps: RunnerDeps,
  claimed: ClaimedOperation,
  lease: progress.Held,
  { signal, cancelled }: RunSignals,
): Promise<void> {
  const plan = await deps.openPlan(claimed.plan).catch((err: unknown) => {
    deps.log.error({ err, operation_id: lease.operationId }, "the plan of an operation cannot be opened");
    return null;
  });
  if (plan === null) return failUnopened(deps, lease);
  const log = deps.log.child({ operation_id: lease.operationId, service_id: claimed.service_id, verb: plan.verb });
  const built = async () => {
    await withRegistry(deps.registry, (client) => progress.noteBuilt(client, lease));
    deps.onBuilt();
  };
  const context: StepContext = { ...deps, operationId: lease.operationId, serviceId: claimed.service_id, log, signal, built };
  const run: Run = { deps, lease, context, cancelled, plan, table: tableOf(plan.verb) };
  const failedAt = claimed.undo_step ?? (await goForwards(run, claimed));
  if (failedAt !== null) await goBackwards(run, failedAt);
  await note(run, (query) => progress.finishOperation(query, lease, failedAt === null ? "succeeded" : "failed", deps.clock.now()));
  log.info({ outcome: failedAt === null ? "succeeded" : "failed" }, "operation ended");
}

/** Its key is no longer configured. What it has made stays marked in the registry: a later operation removes it. */
async function failUnopened({ registry, clock, onChange }: RunnerDeps, lease: progress.Held): Promise<void> {
  const failure = failureOf(null, { facts: {}, lastLines: [], at: clock.now() });
  await withRegistry(registry, async (client) => {
    await progress.noteFailure(client, lease, failure, UNOPENED_STEP);
    await progress.finishOperation(client, lease, "failed", clock.now());
  });
  onChange();
}

/** @returns the step that failed for good; null when all succeeded */
async function goForwards(run: Run, claimed: ClaimedOperation): Promise<string | null> {
  const { steps } = run.table;
  const from = Math.max(
    0,
    steps.findIndex(({ name }) => name === claimed.step),
  );
  for (const step of steps.slice(from)) {
    const begunBefore = step.name === claimed.step ? claimed.attempts : 0;
    const error = await succeed(run, step, begunBefore);
    if (error === undefined) continue;
    if (step.isAfterwork) {
      if (!run.cancelled.aborted) run.context.log.error({ err: error, step: step.name }, "clearing up after an operation failed");
      continue;
    }
    const failure = await describeFailure(run.context, run.plan, step.name, error);
    run.context.log.warn({ err: error, step: step.name, reason: failure.reason satisfies FailureReason }, "a step failed");
    await note(run, (query) => progress.noteFailure(query, run.lease, failure, step.name));
    return step.name;
  }
  return null;
}

/** Tries a step until it succeeds or fails for good. @returns the error of the latter */
async function succeed(run: Run, step: AnyStep, begunBefore: number): Promise<unknown> {
  const { context, lease, table, cancelled } = run;
  const begin = step.isAfterwork ? progress.noteAfterwork : progress.noteStep;
  for (let tries = begunBefore + 1; !cancelled.aborted; tries += 1) {
    await note(run, (query) => begin(query, lease, step.name));
    const error = await attempt(run, step);
    if (error === undefined || cancelled.aborted) return error;
    if (!table.isCertain && (isForGood(error) || tries >= TRIES_MAX)) return error;
    context.log.warn({ err: error, step: step.name, tries }, "a step is tried again");
    await backOff(run, tries);
  }
  return cancelled.reason;
}

/** @returns the step's error; undefined when it succeeded @throws when this process may not go on */
async function attempt({ deps, context, cancelled, plan }: Run, step: AnyStep): Promise<unknown> {
  const point = (side: "before" | "after") => deps.fault(`operation.${plan.verb}.${step.name}.${side}`, context.serviceId);
  try {
    await point("before");
    await step.do({ ...context, signal: AbortSignal.any([context.signal, cancelled]) }, plan);
    await point("after");
    return undefined;
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof progress.LeaseLost) throw error;
    return error;
  }
}

/** Undoes the step that failed and all before it. What cannot be undone stays marked in the registry: a later operation removes it. */
async function goBackwards(run: Run, failedAt: string): Promise<void> {
  const { steps } = run.table;
  const done = steps.slice(0, steps.findIndex(({ name }) => name === failedAt) + 1);
  for (const step of done.toReversed()) {
    await note(run, (query) => progress.noteUndo(query, run.lease, step.name));
    await undo(run, step);
  }
}

async function undo(run: Run, step: AnyStep): Promise<void> {
  const { context, plan } = run;
  for (let tries = 1; ; tries += 1) {
    try {
      return await step.undo(context, plan);
    } catch (error) {
      context.signal.throwIfAborted();
      if (isForGood(error) || tries >= TRIES_MAX) return context.log.error({ err: error, step: step.name }, "a step could not be undone");
      await backOff(run, tries);
    }
  }
}

function isForGood(error: unknown): boolean {
  if (error instanceof StepFailure || error instanceof DriverFailure) return true;
  return error instanceof Refusal && error.code === "unknown_source";
}

function backOff({ deps, context }: Run, tries: number): Promise<void> {
  const ms = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (tries - 1));
  return pause(deps.clock, (ms * (1 + deps.random.fraction())) / 2, context.signal);
}

async function note({ deps }: Run, work: (query: Query) => Promise<void>): Promise<void> {
  await withRegistry(deps.registry, work);
  deps.onChange();
}
