/** Tells a webhook how a release ended: a signed POST, retried while the receiver may recover. */
import type { Deps } from "../../deps.ts";
import { type Notice, recordNotice, takeDueNotices } from "../../platform-db/notices.ts";
import type { PublicInternetPort } from "../../ports/public-internet.ts";
import type { Notify } from "./fields.ts";
import { openNotify } from "./secrets.ts";

/** After the first attempt. */
const RETRY_AFTER_MS = [30_000, 120_000, 600_000] as const;
/** Longer than one attempt takes. */
const ATTEMPT_LEASE_MS = 30_000;
const BATCH = 20;
const SECOND_MS = 1_000;

/** Sends the notice of one service, if it is due. Does not throw: the cron sends what failed here. */
export async function sendNoticeOf(deps: Deps, serviceId: string): Promise<void> {
  await sendNotices(deps, serviceId).catch((cause: unknown) => deps.log.warn("notice.left_to_cron", { resourceId: serviceId, cause }));
}

/** @returns how many were due */
export async function sendDueNotices(deps: Deps): Promise<number> {
  return sendNotices(deps, null);
}

async function sendNotices(deps: Deps, serviceId: string | null): Promise<number> {
  const now = deps.clock.now();
  const due = { serviceId, now: new Date(now), until: new Date(now + ATTEMPT_LEASE_MS), limit: BATCH };
  const notices = await takeDueNotices(deps.database, due);
  await Promise.all(notices.map((notice) => attempt(deps, notice)));
  return notices.length;
}

async function attempt(deps: Deps, notice: Notice): Promise<void> {
  const notify = await openNotify(deps, notice.id, notice.notify_sealed);
  const outcome = notify === null || deps.publicInternet === null ? "refused" : await send(deps, deps.publicInternet, notify, notice);
  const wait = outcome === "unanswered" ? RETRY_AFTER_MS[notice.attempts - 1] : undefined;
  const state = outcome === "taken" ? "sent" : wait === undefined ? "failed" : "pending";
  deps.log.info("notice.tried", { resourceId: notice.id, attempt: notice.attempts, code: outcome });
  await recordNotice(deps.database, notice, { state, dueAt: wait === undefined ? null : new Date(deps.clock.now() + wait) });
}

/** `refused`: a 3xx or 4xx is final. `unanswered`: a 5xx or no answer may pass. */
async function send(
  deps: Deps,
  internet: PublicInternetPort,
  { url, secret }: Notify,
  notice: Notice,
): Promise<"taken" | "refused" | "unanswered"> {
  const body = new Uint8Array(new TextEncoder().encode(JSON.stringify(contentOf(notice, deps.config.deploys?.domain ?? ""))));
  const headers: [string, string][] = [
    ["Content-Type", "application/json"],
    ["User-Agent", "instanode"],
    ...(secret === null ? [] : [["X-InstaNode-Signature", `sha256=${await hmac(secret, body)}`] satisfies [string, string]]),
  ];
  try {
    const { status } = await internet.send({ url, method: "POST", headers, body });
    if (status >= 500) return "unanswered";
    return status < 300 ? "taken" : "refused";
  } catch {
    return "unanswered";
  }
}

/** Pure. The source's hash stands for a commit: sources are not tied to one. */
export function contentOf({ id, app_id, has_failed, failure, source, created_at, ended_at }: Notice, domain: string) {
  return {
    event: has_failed ? "deploy.failed" : "deploy.healthy",
    deploy_id: id,
    app_id,
    url: `https://${app_id}.${domain}`,
    commit_id: source?.sha256 ?? null,
    build_time: created_at.toISOString(),
    duration_s: Math.round((ended_at.getTime() - created_at.getTime()) / SECOND_MS),
    ...(failure === null ? {} : { error_message: failure.event }),
  };
}

async function hmac(secret: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, body));
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
