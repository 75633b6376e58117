/** Sends operations to the bridge, and takes what it says about them. Both are idempotent. */
import pRetry from "p-retry";
import { teamScope } from "../../../contract/admission.ts";
import { type OperationPlan, type OperationStatus, sealPlan } from "../../../contract/operations.ts";
import type { ServiceState } from "../../../contract/reports.ts";
import type { Deps } from "../../deps.ts";
import { findOpenOperations, type OpenOperation, recordSent, recordState, recordStatus } from "../../platform-db/operations.ts";
import { BridgeError } from "../../ports/bridge.ts";
import { sendNoticeOf } from "./notify.ts";
import { openOwnPlan } from "./secrets.ts";

/** After 1, 3 and 9 seconds: a bridge that restarts is back by then. The cron would send it a minute or two later. */
const SENDING = { retries: 3, minTimeout: 1_000, factor: 3, randomize: false };

/**
 * Sends what the bridge has not accepted yet, the oldest first. A deletion makes everything before it pointless and is sent alone.
 * Does not throw: what could not be sent now is sent by the cron.
 */
export async function sendOperations(deps: Deps, serviceId: string): Promise<void> {
  await pRetry(() => sendOpen(deps, serviceId), { ...SENDING, shouldRetry: ({ error }) => mayPass(error) }).catch((cause: unknown) =>
    deps.log.warn("operation.left_to_cron", { resourceId: serviceId, cause }),
  );
}

/** @throws as `sendOperation` */
async function sendOpen(deps: Deps, serviceId: string): Promise<void> {
  const open = await findOpenOperations(deps.database, serviceId);
  const deletion = open.findLast(({ verb }) => verb === "delete");
  for (const operation of deletion === undefined ? open : [deletion]) if (!operation.is_heard) await sendOperation(deps, operation);
}

const mayPass = (error: Error): boolean => !(error instanceof BridgeError) || error.retryable;

/** @throws BridgeError that may pass, DatabaseError, SealError */
export async function sendOperation(deps: Deps, operation: OpenOperation): Promise<void> {
  const { id, service_id, team_id, generation } = operation;
  const { deploys } = deps.config;
  if (deploys === null) throw new Error("this Worker has no key to encrypt plans to");
  const plan = await sealPlan(await planOf(deps, operation), deploys.planKey);
  await recordSent(deps.database, id, new Date(deps.clock.now()));
  await deps.fault("worker.operate.before_job", service_id);
  const args = { operation_id: id, service_id, team_id, generation, plan };
  // The encrypted plan differs every time, so each sending is a job of its own. The bridge knows an operation by its id.
  const jobId = deps.ids.uuid();
  const answer = await deps.bridge
    .runService<"operate">({ kind: "operate", args }, jobId, jobId)
    .then(({ status }) => status)
    .catch((cause: unknown) => refused(deps, operation, cause));
  await deps.fault("worker.operate.after_job", service_id);
  await takeStatus(deps, answer);
}

/** What may wait until a request is answered. */
export type Later = (work: () => Promise<void>) => void | Promise<void>;

/** Takes one status of an operation, from a report or an answer. @throws DatabaseError, or Error when the team's object is out of reach */
export async function takeStatus(deps: Deps, status: OperationStatus, later: Later = (work) => work()): Promise<void> {
  const reported = await recordStatus(deps.database, status, new Date(deps.clock.now()));
  if (reported === null) return;
  if (reported.isGone) await deps.admission.of(teamScope(reported.teamId)).detach(reported.serviceId);
  if (reported.hasNotice) await later(() => sendNoticeOf(deps, reported.serviceId));
}

/** Takes one state of a service that runs. @throws DatabaseError */
export async function takeState(deps: Deps, state: ServiceState, later: Later): Promise<void> {
  const isDueNotice = await recordState(deps.database, state, new Date(deps.clock.now()));
  if (isDueNotice) await later(() => sendNoticeOf(deps, state.service_id));
}

async function planOf(deps: Deps, operation: OpenOperation): Promise<OperationPlan> {
  const { verb, app_id } = operation;
  switch (verb) {
    case "deploy":
      if (operation.plan_sealed === null) throw new Error("an open deploy has no plan");
      return openOwnPlan(deps, operation.id, operation.plan_sealed);
    case "access":
      return { verb, app_id, access: { is_private: operation.is_private, allowed_ips: operation.allowed_ips } };
    case "stop":
    case "delete":
      return { verb, app_id };
  }
}

/** The end of an operation that the bridge refuses for good. @throws the refusal when it may pass */
function refused(deps: Deps, { id, service_id, seq, verb }: OpenOperation, cause: unknown): OperationStatus {
  if (!(cause instanceof BridgeError) || cause.retryable) throw cause;
  deps.log.warn("operation.refused", { resourceId: service_id, step: verb, code: cause.code });
  const ended = { operation_id: id, service_id, seq: seq + 1, step: null, queue_position: null };
  // The bridge has nothing of this service: that is what a deletion is for.
  if (verb === "delete" && (cause.code === "unknown_service" || cause.code === "resource_gone"))
    return { ...ended, state: "succeeded", failure: null };
  const occurred_at = new Date(deps.clock.now()).toISOString();
  return { ...ended, state: "failed", failure: { ...REFUSED, occurred_at } };
}

const REFUSED = {
  reason: "internal",
  event: "The platform could not carry out this change.",
  hint: "Send it again. If it fails again, report the deployment's id.",
  exit_code: null,
  last_lines: "",
} as const;
