/**
 * Watches the containers of serving releases: one that has ended is started again after a pause that grows, one that uses too much disk is
 * stopped, and what callers must know is reported. It leaves services with an open operation alone. docs/deploys.md, "A running app".
 */
import pLimit from "p-limit";
import type pg from "pg";
import type { Failure, FailureReason } from "../../contract/deploys.ts";
import type { Routes } from "../ingress/routes.ts";
import type { Log } from "../log.ts";
import { type Loop, startLoop } from "../loop.ts";
import { answersHttp } from "../operations/deploy/answers-http.ts";
import { failureOf, StepFailure } from "../operations/failure.ts";
import { masked, runLines } from "../operations/last-lines.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { Refusal } from "../refusal.ts";
import { withRegistry } from "../registry/database.ts";
import { type Change, readServing, type Serving, saveState } from "../registry/service-states.ts";
import type { ContainerState, Driver, ReleaseRef } from "../services/driver.ts";
import { afterEnd, isOverDisk, isSteady, mayHaveRecovered } from "./decide.ts";

const LOOK_EVERY_MS = 2_000;
const DISK_EVERY_MS = 30_000;
const AT_ONCE = 4;
const STOP_GRACE_SECONDS = 1;

export type SupervisorDeps = {
  /** Containers may be started, and were after a restart of the machine: before, they have ended without a fault of their own. */
  mayStart(): boolean;
  registry: pg.Pool;
  bridgeId: string;
  driver: Driver;
  routes: Pick<Routes, "set">;
  clock: Clock;
  random: Random;
  log: Log;
  /** A state is to be reported. */
  onChange(): void;
};

export function startSupervisor(deps: SupervisorDeps): Loop {
  const { registry, bridgeId, driver, clock, random, log } = deps;
  const turns = pLimit(AT_ONCE);
  const stopping = new AbortController();
  let diskAt = Number.NEGATIVE_INFINITY;

  async function pass(): Promise<void> {
    try {
      const serving = await withRegistry(registry, (client) => readServing(client, bridgeId));
      if (serving.length === 0) return;
      const running = new Set((await driver.running()).map(keyOf));
      const each = (one: Serving): Promise<void> => {
        if (isOutdated(one)) return save(deps, one, { isNews: true });
        return running.has(keyOf(refOf(one))) ? watchRunning(deps, one, stopping.signal) : watchEnded(deps, one);
      };
      await Promise.all(serving.map((one) => turns(() => each(one).catch((err: unknown) => warn(err, one)))));
      if (clock.elapsedMs() - diskAt >= DISK_EVERY_MS) {
        diskAt = clock.elapsedMs();
        await watchDisk(deps, serving);
      }
    } catch (err) {
      log.warn({ err }, "running apps could not be watched");
    }
  }
  const warn = (err: unknown, { service_id }: Serving) => log.warn({ err, service_id }, "a running app could not be watched");

  const loop = startLoop({ clock, random, intervalMs: LOOK_EVERY_MS, pass });
  return {
    ...loop,
    stop() {
      stopping.abort(new Error("the bridge stops"));
      return loop.stop();
    },
  };
}

const refOf = ({ service_id: serviceId, app_id: appId, release }: Serving): ReleaseRef => ({ serviceId, appId, release });
/** An operation has ended since: the Worker may have ignored what was said before. */
const isOutdated = ({ state, generation }: Serving): boolean => state !== null && state.failure !== null && state.generation < generation;
const keyOf = ({ serviceId, release }: ReleaseRef): string => `${serviceId} ${release}`;

async function watchEnded(deps: SupervisorDeps, serving: Serving): Promise<void> {
  const { driver, clock } = deps;
  if (!deps.mayStart()) return;
  const { state } = serving;
  const nowMs = clock.now().getTime();
  if (state?.restart_at != null) return nowMs < state.restart_at ? undefined : startAgain(deps, serving);
  const container = await driver.inspect(refOf(serving));
  if (container === null) return lose(deps, serving);
  if (!container.isRunning) await noteEnd(deps, serving, container);
}

async function noteEnd(
  deps: SupervisorDeps,
  serving: Serving,
  container: Pick<ContainerState, "exitCode" | "wasOutOfMemory">,
): Promise<void> {
  const { state } = serving;
  const nowMs = deps.clock.now().getTime();
  const { ends, restartAt, reason } = afterEnd(state, container, nowMs);
  deps.log.warn({ service_id: serving.service_id, exit_code: container.exitCode, ends, reason }, "an app ended");
  const failure = reason === null ? (state?.failure ?? null) : await describe(deps, serving, reason, container);
  const isNews = failure !== null && (state?.failure ?? null) === null;
  await save(deps, serving, { ends, restart_at: restartAt, running_since: null, failure, isNews });
}

/** Nothing can be started again here: a redeploy makes a new container. */
async function lose(deps: SupervisorDeps, serving: Serving): Promise<void> {
  deps.log.error({ service_id: serving.service_id }, "missing: an app without its container");
  const failure = await describe(deps, serving, "internal", { exitCode: null });
  await save(deps, serving, { restart_at: Number.POSITIVE_INFINITY, running_since: null, failure, isNews: true });
}

async function startAgain(deps: SupervisorDeps, serving: Serving): Promise<void> {
  const { driver, routes, clock } = deps;
  const { service_id: serviceId, app_id: appId, release, access, state } = serving;
  try {
    await driver.resume(refOf(serving));
  } catch (err) {
    // An engine that is away is no fault of the app.
    if (err instanceof Refusal) throw err;
    deps.log.warn({ err, service_id: serviceId }, "an app could not be started again");
    return noteEnd(deps, serving, { exitCode: null, wasOutOfMemory: false });
  }
  const upstream = (await driver.inspect(refOf(serving)))?.address;
  const restarts = (state?.restarts ?? 0) + 1;
  await save(deps, serving, { restarts, restart_at: null, running_since: clock.now() });
  if (upstream != null) await routes.set({ appId, serviceId, release, upstream, access });
}

async function watchRunning(deps: SupervisorDeps, serving: Serving, signal: AbortSignal): Promise<void> {
  const { state } = serving;
  if (state === null) return;
  const nowMs = deps.clock.now().getTime();
  if (state.running_since === null) return save(deps, serving, { restart_at: null, running_since: deps.clock.now() });
  if (mayHaveRecovered(state, nowMs)) {
    const address = (await deps.driver.inspect(refOf(serving)))?.address;
    if (address != null && (await answersHttp(address, signal))) return save(deps, serving, { failure: null, isNews: true });
  }
  if (state.ends > 0 && isSteady(state, nowMs)) await save(deps, serving, { ends: 0 });
}

/** Stops what stores more than it may. It is started again by the next deploy, with an empty disk. */
async function watchDisk(deps: SupervisorDeps, serving: readonly Serving[]): Promise<void> {
  const used = new Map((await deps.driver.diskUsage()).map((one) => [keyOf(one.ref), one]));
  for (const one of serving) {
    const usage = used.get(keyOf(refOf(one)));
    if (usage === undefined || !isOverDisk(usage.bytes, usage.limitMb)) continue;
    deps.log.warn({ service_id: one.service_id, bytes: usage.bytes }, "an app uses more disk than it may, and is stopped");
    const failure = await describe(deps, one, "disk_full", { exitCode: null });
    await deps.driver.stop(refOf(one), STOP_GRACE_SECONDS);
    await save(deps, one, { restart_at: Number.POSITIVE_INFINITY, running_since: null, failure, isNews: true });
  }
}

async function describe(
  { driver, clock, log }: SupervisorDeps,
  serving: Serving,
  reason: FailureReason,
  { exitCode }: Pick<ContainerState, "exitCode">,
): Promise<Failure> {
  const ref = refOf(serving);
  const settings = await driver.settings(ref);
  const lines = await runLines({ clock, driver }, ref).catch((err: unknown) => {
    log.warn({ err, service_id: serving.service_id }, "the log of a failed app could not be read");
    return [];
  });
  const facts = settings === null ? {} : { memoryMb: settings.memoryMb, diskMb: settings.diskMb };
  const lastLines = masked(lines, settings?.variables ?? {});
  return failureOf(new StepFailure(reason, { exitCode }), { facts, lastLines, at: clock.now() });
}

/** What is left out stays as it was. */
async function save({ registry, onChange }: SupervisorDeps, serving: Serving, change: Partial<Change>): Promise<void> {
  const { ends = 0, restarts = 0, restart_at = null, running_since = null, failure = null } = serving.state ?? {};
  const before: Change = { ends, restarts, restart_at, running_since, failure, isNews: false };
  await withRegistry(registry, (client) => saveState(client, serving, { ...before, ...change }));
  if (change.isNews === true) onChange();
}
