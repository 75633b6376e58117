/** The cron's tasks for deployments. Each handles a batch and leaves the rest to the next run. */
import { OPERATIONS_MAX_ROWS } from "../../../contract/service-jobs.ts";
import type { Deps } from "../../deps.ts";
import { findSilentOperations, type OpenOperation } from "../../platform-db/operations.ts";
import { expireServices, purgeServices, repeatRemovals } from "../../platform-db/service-changes.ts";
import { purgeEvents } from "../../platform-db/service-history.ts";
import { followUp, SYSTEM } from "./remove.ts";
import { sendOperation, takeStatus } from "./send.ts";

const SILENT_AFTER_MS = 60_000;
const EXPIRY_BATCH = 100;
const HISTORY_MS = 30 * 86_400_000;
const EVENTS_KEPT_MS = 90 * 86_400_000;
const PURGE_BATCH = 1_000;

/** Asks about operations the bridge has not spoken of for a minute, and sends those again that it does not know. @returns how many were asked about */
export async function askSilentOperations(deps: Deps): Promise<number> {
  if (deps.config.deploys === null) return 0;
  const silent = await findSilentOperations(deps.database, new Date(deps.clock.now() - SILENT_AFTER_MS), OPERATIONS_MAX_ROWS);
  if (silent.length === 0) return 0;
  const jobId = deps.ids.uuid();
  const args = { operation_ids: silent.map(({ id }) => id) };
  const { statuses } = await deps.bridge.runService<"operations">({ kind: "operations", args }, jobId, jobId);
  for (const status of statuses) await takeStatus(deps, status);
  const known = new Set(statuses.map(({ operation_id }) => operation_id));
  await sendAgain(
    deps,
    silent.filter(({ id }) => !known.has(id)),
  );
  return silent.length;
}

/** Of one service, in their order: a failure holds back the later ones. */
async function sendAgain(deps: Deps, operations: readonly OpenOperation[]): Promise<void> {
  const held = new Set<string>();
  for (const operation of [...operations].sort((a, b) => a.generation - b.generation)) {
    if (held.has(operation.service_id)) continue;
    await sendOperation(deps, operation).catch((cause: unknown) => {
      held.add(operation.service_id);
      deps.log.warn("operation.not_sent", { resourceId: operation.service_id, step: operation.verb, cause });
    });
  }
}

/** @returns how many deployments were at the end of their lifetime, or needed another try to go */
export async function expireDeployments(deps: Deps): Promise<number> {
  const now = deps.clock.now();
  const expired = await expireServices(deps.database, SYSTEM, new Date(now), EXPIRY_BATCH);
  const repeated = await repeatRemovals(deps.database, new Date(now - SILENT_AFTER_MS), new Date(now), EXPIRY_BATCH);
  for (const removed of [...expired, ...repeated]) await followUp(deps, removed);
  return expired.length + repeated.length;
}

export async function purgeDeployments(deps: Deps): Promise<number> {
  const now = deps.clock.now();
  const gone = await purgeServices(deps.database, new Date(now - HISTORY_MS), PURGE_BATCH);
  return gone + (await purgeEvents(deps.database, new Date(now - EVENTS_KEPT_MS), PURGE_BATCH));
}
