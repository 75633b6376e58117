/** Deployments that go: deleted by their team, expired, or given up. From the row on they count no more; the bridge removes what they have. */
import { type Abandoned, DEPLOYMENT, type DeployKind, teamScope } from "../../../contract/admission.ts";
import type { RequestContext } from "../../context.ts";
import type { Deps } from "../../deps.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import type { AuditActor } from "../../platform-db/audit.ts";
import { abandonOperation, abandonService, deleteService, type Removed } from "../../platform-db/service-changes.ts";
import { maySkipConfirmation } from "../../platform-db/services.ts";
import { auditActorOf, requireAccount } from "../actor.ts";
import { findDeployment } from "./find.ts";
import { sendOperations } from "./send.ts";

export const SYSTEM: AuditActor = { kind: "system", userId: null, keyId: null, requestId: null };

type Asked = { ctx: RequestContext; input: { id: string; isConfirmed: boolean } };

/** @returns the deployment's id @throws ApiError `not_found`, `deletion_confirmation_required`, `delete_failed` */
export async function deleteDeployment({ ctx, input: { id, isConfirmed } }: Asked): Promise<{ id: string; appId: string }> {
  const { deps } = ctx;
  const { team } = requireAccount(ctx);
  const found = await findDeployment(ctx, id);
  if (found.status === "deleting") throw new ApiError("not_found");
  const maySkip = isConfirmed && (await maySkipConfirmation(deps.database, team.id).catch(lookupFailed));
  if (!maySkip) throw new ApiError("deletion_confirmation_required");
  const now = new Date(deps.clock.now());
  const removed = await deleteService(deps.database, { id: found.id, teamId: team.id }, auditActorOf(ctx), now).catch((cause: unknown) => {
    throw new ApiError("delete_failed", { cause });
  });
  if (removed === null) throw new ApiError("not_found");
  await deps.fault("worker.deploy.after_delete", found.id);
  ctx.later(() => followUp(deps, removed));
  await uncount(deps, removed);
  return { id: found.id, appId: found.app_id };
}

/** Frees its place and sends its operation. Does not throw: the cron and the operation's end repeat both. */
export async function followUp(deps: Deps, removed: Removed): Promise<void> {
  await uncount(deps, removed);
  await sendOperations(deps, removed.id);
}

async function uncount(deps: Deps, { id, team_id }: Removed): Promise<void> {
  await deps.admission
    .of(teamScope(team_id))
    .detach(id)
    .catch((cause: unknown) => deps.log.warn("deploy.not_uncounted", { resourceId: id, cause }));
}

/** Abandons an upload that never reported its end. Idempotent. @returns `complete` when its rows were written in time */
export async function abandonDeploy(
  deps: Deps,
  { resourceId, kind, wasRefused }: Abandoned<DeployKind>,
): Promise<"abandoned" | "complete"> {
  const now = new Date(deps.clock.now());
  if (kind !== DEPLOYMENT) return (await abandonOperation(deps.database, resourceId, now)) ? "abandoned" : "complete";
  if (await abandonService(deps.database, resourceId, now)) return "abandoned";
  if (!wasRefused) return "complete";
  // Its caller was told that it failed, but the row had been written.
  const removed = await deleteService(deps.database, { id: resourceId, teamId: null }, SYSTEM, now);
  if (removed !== null) await sendOperations(deps, removed.id);
  return "abandoned";
}
