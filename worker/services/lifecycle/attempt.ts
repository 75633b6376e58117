/** One try of an outbox job, told as an outcome: an error that crosses RPC loses its code. */
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

/** Only the bridge can say that a retry is pointless. */
function failureOf(cause: unknown): { code: string; retryable: boolean } {
  if (cause instanceof BridgeError) return { code: cause.code, retryable: cause.retryable };
  return { code: cause instanceof DatabaseError ? "platform_db" : "failed", retryable: true };
}
