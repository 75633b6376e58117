/** Health and readiness. Messages are our own texts, because an upstream's error may name hosts and users. */
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
  const [platformDb, { provisioner, engines }, outboxTrouble, brevo] = await Promise.all([
    checkPlatformDb(deps),
    checkBridge(deps),
    findOutboxTrouble(deps),
    checkMail(deps),
  ]);
  const checks = { platform_db: platformDb, provisioner_grpc: degradedBy(outboxTrouble, provisioner), ...engines, brevo };
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

async function checkBridge(deps: Deps): Promise<{ provisioner: Check; engines: Record<string, Check> }> {
  const { check, result } = await timed(deps, "the provisioner did not answer", () => deps.bridge.readiness());
  const provisioner: Check = result && !result.ok ? { ...check, status: "down", message: "the provisioner cannot work" } : check;
  const message = result ? "switched off: no server of this kind is configured" : "not known: the provisioner did not say";
  const unknown: Check = { ...check, status: "degraded", latency_ms: NO_LATENCY_MS, message };
  const passedOn = CHECKS_OF_THE_BRIDGE.map((name) => [name, result?.checks[name] ?? unknown] as const);
  return { provisioner, engines: Object.fromEntries(passedOn) };
}

/** Jobs that the provisioner would not do are its trouble, too: the outbox has no check of its own. */
async function findOutboxTrouble(deps: Deps): Promise<string | null> {
  const { check, result } = await timed(deps, "the outbox did not answer", () => deps.outbox.state());
  if (result === null) return check.message ?? null;
  return result.dead === 0 ? null : `${result.dead} ${result.dead === 1 ? "job has" : "jobs have"} failed too often`;
}

function degradedBy(trouble: string | null, check: Check): Check {
  return trouble === null || check.status !== "ok" ? check : { ...check, status: "degraded", message: trouble };
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
