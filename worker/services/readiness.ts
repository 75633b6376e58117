/**
 * Health and readiness. Source: the documentation, "Health and readiness probes"; PRODUCT "readyz".
 * Messages are fixed texts: what an upstream says about itself may name hosts and users.
 */
import pTimeout from "p-timeout";
import { ENGINES } from "../../contract/engines.ts";
import { type Check, type Readiness, summarise } from "../../contract/readiness.ts";
import type { Deps } from "../deps.ts";
import { ping } from "../platform-db/ping.ts";

const CHECK_TIMEOUT_MS = 3_000;
/** What an upstream that did not answer took. */
const NO_LATENCY_MS = -1;
/** Checks only the bridge can make, shown under the same names here. */
const CHECKS_OF_THE_BRIDGE = Object.values(ENGINES).map(({ check }) => check);

/** Finished matrices only: one request never waits for another's checks, which may end with it. */
const cached = new WeakMap<Deps, { at: number; readiness: Readiness }>();

/** All checks, run side by side, at most once per READINESS_CACHE_SECONDS. */
export async function readReadiness(deps: Deps): Promise<Readiness> {
  const kept = cached.get(deps);
  if (kept && deps.clock.now() - kept.at < deps.config.readinessCacheMs) return kept.readiness;
  const [platformDb, bridge, brevo] = await Promise.all([checkPlatformDb(deps), checkBridge(deps), checkMail(deps)]);
  const checks = { platform_db: platformDb, ...bridge, brevo };
  const readiness: Readiness = { ...summarise(checks), commit_id: deps.build.commitId, checks };
  cached.set(deps, { at: deps.clock.now(), readiness });
  return readiness;
}

/** True when the platform database answers in time. */
export async function isHealthy(deps: Deps): Promise<boolean> {
  return (await checkPlatformDb(deps)).status === "ok";
}

async function checkPlatformDb(deps: Deps): Promise<Check> {
  const { check } = await timed(deps, "the platform database did not answer", () => ping(deps.database));
  return check;
}

/** Under the name of the provider also where mails go into the local inbox. */
async function checkMail(deps: Deps): Promise<Check> {
  const { check } = await timed(deps, "the mail provider did not answer", () => deps.mail.check());
  return check;
}

async function checkBridge(deps: Deps): Promise<Record<string, Check>> {
  const { check, result } = await timed(deps, "the provisioner did not answer", () => deps.bridge.readiness());
  const provisioner: Check = result && !result.ok ? { ...check, status: "down", message: "the provisioner cannot work" } : check;
  const message = result ? "switched off: no server of this kind is configured" : "not known: the provisioner did not say";
  const unknown: Check = { ...check, status: "degraded", latency_ms: NO_LATENCY_MS, message };
  const passedOn = CHECKS_OF_THE_BRIDGE.map((name) => [name, result?.checks[name] ?? unknown] as const);
  return { provisioner_grpc: provisioner, ...Object.fromEntries(passedOn) };
}

async function timed<T>(deps: Deps, complaint: string, ask: () => Promise<T>): Promise<{ check: Check; result: T | null }> {
  const startedAt = deps.clock.now();
  const last_checked = new Date(startedAt).toISOString();
  try {
    const result = await pTimeout(ask(), { milliseconds: CHECK_TIMEOUT_MS });
    return { check: { status: "ok", latency_ms: deps.clock.now() - startedAt, last_checked }, result };
  } catch (cause) {
    deps.log.warn("readiness.check_failed", { step: complaint, cause });
    return { check: { status: "down", latency_ms: NO_LATENCY_MS, last_checked, message: complaint }, result: null };
  }
}
