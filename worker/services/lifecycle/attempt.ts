/** One try of an outbox job. Returns an outcome instead of throwing, because errors lose their code across RPC. */
import type { OutboxJob, TryOutcome } from "../../../contract/outbox.ts";
import type { Deps } from "../../deps.ts";
import { DatabaseError } from "../../platform-db/database.ts";
import { BridgeError } from "../../ports/bridge.ts";
import { performJob } from "./perform.ts";

export async function tryJob(deps: Deps, job: OutboxJob): Promise<TryOutcome> {
  const step = `perform.${job.verb}`;
  const { resourceId } = job;
  try {
    await performJob(deps, job);
    deps.log.info("action.done", { step, resourceId });
    return { ok: true };
  } catch (cause) {
    deps.log.warn("action.failed", { step, resourceId, cause });
    return { ok: false, ...failureOf(cause) };
  }
}

/** Every failure is retryable unless the bridge reports otherwise. */
function failureOf(cause: unknown): { code: string; retryable: boolean } {
  if (cause instanceof BridgeError) return { code: cause.code, retryable: cause.retryable };
  return { code: cause instanceof DatabaseError ? "platform_db" : "failed", retryable: true };
}
