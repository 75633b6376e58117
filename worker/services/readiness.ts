/** Health and readiness. Upstream error messages are not passed on, because they may contain host and user names. */
import pTimeout from "p-timeout";
import { ENGINES } from "../../contract/engines.ts";
import { type Check, type Readiness, summarise } from "../../contract/readiness.ts";
import type { Deps } from "../deps.ts";
import { ping } from "../platform-db/ping.ts";

const CHECK_TIMEOUT_MS = 3_000;
/** The latency shown for an upstream that did not answer. */
const NO_LATENCY_MS = -1;
/** Checks that only the bridge can run. The Worker shows them under the same names. */
const CHECKS_OF_THE_BRIDGE = Object.values(ENGINES).map(({ check }) => check);
/** Those that are shown only where the bridge has such a part. */
const CHECKS_OF_DEPLOYS = ["builder", "ingress"];

/** Finished results only. A request must not wait for another request's checks, which may be cancelled when that request ends. */
const cached = new WeakMap<Deps, { at: number; readiness: Readiness }>();

/** Runs all checks in parallel, at most once per READINESS_CACHE_SECONDS. */
export async function readReadiness(deps: Deps): Promise<Readiness> {
  const kept = cached.get(deps);
  if (kept && deps.clock.now() - kept.at < deps.config.readinessCacheMs) return kept.readiness;
  const [platformDb, { provisioner, passedOn }, outboxTrouble, brevo] = await Promise.all([
    checkPlatformDb(deps),
    checkBridge(deps),
    findOutboxTrouble(deps),
    checkMail(deps),
  ]);
  const checks = { platform_db: platformDb, provisioner_grpc: degradedBy(outboxTrouble, provisioner), ...passedOn, brevo };
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

/** Shown under the provider's name even when mails go to the local inbox. */
async function checkMail(deps: Deps): Promise<Check> {
  const { check } = await timed(deps, "the mail provider did not answer", () => deps.mail.check());
  return check;
}

async function checkBridge(deps: Deps): Promise<{ provisioner: Check; passedOn: Record<string, Check> }> {
  const { check, result } = await timed(deps, "the provisioner did not answer", () => deps.bridge.readiness());
  const provisioner: Check = result && !result.ok ? { ...check, status: "down", message: "the provisioner cannot work" } : check;
  const message = result ? "switched off: no server of this kind is configured" : "not known: the provisioner did not say";
  const unknown: Check = { ...check, status: "degraded", latency_ms: NO_LATENCY_MS, message };
  const passedOn = CHECKS_OF_THE_BRIDGE.map((name) => [name, result?.checks[name] ?? unknown] as const);
  const ofDeploys = CHECKS_OF_DEPLOYS.flatMap((name) => {
    const known = result?.checks[name];
    return known === undefined ? [] : [[name, known] as const];
  });
  return { provisioner, passedOn: Object.fromEntries([...passedOn, ...ofDeploys]) };
}

/** Dead jobs degrade the provisioner's check, because the outbox has no check of its own. */
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
