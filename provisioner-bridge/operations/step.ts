/** What a table of steps is made of. docs/decisions/0012-operations.md. */
import type pg from "pg";
import type { OperationPlan, OperationVerb, PlanOf } from "../../contract/operations.ts";
import type { Routes } from "../ingress/routes.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { type Query, withRegistry } from "../registry/database.ts";
import type { Driver } from "../services/driver.ts";
import type { BuildLogs } from "../services/logs/build-logs.ts";
import type { Sources } from "../services/sources/sources.ts";

/** What steps work with. */
export type StepTools = {
  registry: pg.Pool;
  driver: Driver;
  sources: Pick<Sources, "context" | "drop">;
  routes: Routes;
  logs: BuildLogs;
  clock: Clock;
  /** How long a build may take. */
  buildMs: number;
  /** How long a new release may take to answer on its port. */
  probeMs: number;
  /** How long requests that began before a route moved have to end. */
  drainMs: number;
};

export type StepContext = StepTools & {
  operationId: string;
  serviceId: string;
  log: Log;
  /** Aborts when this process may not go on: it stops, or has lost the lease. */
  signal: AbortSignal;
  /** The image exists: the next build may start. */
  built(): Promise<void>;
};

/** Both verbs are idempotent over their own half-done work, and may be called again after a crash at any point. */
export type Step<V extends OperationVerb> = {
  name: string;
  /** @throws StepFailure or DriverFailure for good; any other error is tried again */
  do(context: StepContext, plan: PlanOf<V>): Promise<void>;
  undo(context: StepContext, plan: PlanOf<V>): Promise<void>;
  /** Clears up after the operation has reached its goal: a failure is logged and fails nothing. */
  isAfterwork?: true;
};

export type StepTable<V extends OperationVerb> = {
  steps: readonly Step<V>[];
  /** It cannot fail: each step is tried until it succeeds. */
  isCertain?: true;
};

/** A table of which only one verb's plan fits: `tableOf` (tables.ts). */
export type AnyStep = {
  name: string;
  do(context: StepContext, plan: OperationPlan): Promise<void>;
  undo(context: StepContext, plan: OperationPlan): Promise<void>;
  isAfterwork?: true;
};
export type AnyTable = { steps: readonly AnyStep[]; isCertain?: true };

/** For steps with nothing to undo. */
export async function nothing(): Promise<void> {}

/** One statement, or a few, on a connection of the registry. */
export function record<T>({ registry }: StepContext, work: (query: Query) => Promise<T>): Promise<T> {
  return withRegistry(registry, work);
}

/** @throws the signal's reason when it aborts first */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const end = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener("abort", end);
      resolve();
    });
    signal.addEventListener("abort", end, { once: true });
  });
}
