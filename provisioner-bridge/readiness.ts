/** The bridge's own readiness matrix: its dependencies, asked in parallel and cached for a few seconds. Shape: `contract/readiness.ts`. */
import { type Check, type Readiness, summarise } from "../contract/readiness.ts";
import type { Engine } from "./engines/engine.ts";
import type { Log } from "./log.ts";
import type { Clock } from "./ports/clock.ts";

/** Less than the 3 s in which the Worker wants the whole answer: a server that hangs must not make the bridge itself look down. */
const CHECK_TIMEOUT_MS = 2_500;
const NO_ANSWER_LATENCY_MS = -1;

/** A check that failed for a reason that the public answer may name. */
export class CheckFailure extends Error {}

/** Resolves to what is degraded, or to undefined; throws CheckFailure, or any error when there is no answer. */
export type Probe = () => Promise<string | undefined>;
export type ReadinessDeps = { clock: Clock; log: Log; commitId: string; cacheMs: number; probes: Readonly<Record<string, Probe>> };

/** @returns a function that asks at most once per `cacheMs`, however many callers wait */
export function createReadiness(deps: ReadinessDeps): () => Promise<Readiness> {
  let known: { until: number; answer: Promise<Readiness> } | undefined;
  return () => {
    const now = deps.clock.elapsedMs();
    if (known === undefined || now >= known.until) known = { until: now + deps.cacheMs, answer: ask(deps) };
    return known.answer;
  };
}

async function ask(deps: ReadinessDeps): Promise<Readiness> {
  const entries = await Promise.all(
    Object.entries(deps.probes).map(async ([name, probe]): Promise<[string, Check]> => [name, await check(name, probe, deps)]),
  );
  const checks = Object.fromEntries(entries);
  return { ...summarise(checks), commit_id: deps.commitId, checks };
}

/** The cause is logged; the public answer only says that there was no answer. */
async function check(name: string, probe: Probe, { clock, log }: ReadinessDeps): Promise<Check> {
  const begun = clock.elapsedMs();
  try {
    const trouble = await withTimeout(probe, clock);
    const latency_ms = Math.round(clock.elapsedMs() - begun);
    const last_checked = clock.now().toISOString();
    return trouble === undefined
      ? { status: "ok", latency_ms, last_checked }
      : { status: "degraded", latency_ms, last_checked, message: trouble };
  } catch (err) {
    log.warn({ err, check: name }, "a readiness check failed");
    const message = err instanceof CheckFailure ? err.message : "no answer";
    return { status: "down", latency_ms: NO_ANSWER_LATENCY_MS, last_checked: clock.now().toISOString(), message };
  }
}

function withTimeout<T>(probe: () => Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(CHECK_TIMEOUT_MS, () => reject(new Error("the check took too long")));
    probe().then(resolve, reject).finally(cancel);
  });
}

/** The container engine that builds and runs apps, and whether its containers are isolated. */
export function builderProbe(driver: { probe(): Promise<void> }, isolation: { trouble(): string | null }): Probe {
  return async () => {
    await driver.probe();
    const trouble = isolation.trouble();
    if (trouble !== null) throw new CheckFailure(trouble);
    return undefined;
  };
}

/** The servers of one engine: none answering is down, some missing or full is degraded. */
export function tenantServersProbe(engine: Engine): Probe {
  return async () => {
    const capacities = await engine.capacities();
    const down = capacities.filter((server) => server.status === "down");
    const [first] = down;
    if (first !== undefined && down.length === capacities.length) throw first.cause;
    if (down.length > 0) return `${down.length} of ${capacities.length} servers do not answer`;
    return capacities.some((server) => server.status === "open") ? undefined : "no server has room";
  };
}
