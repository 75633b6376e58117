/** Counts a claimed resource in the Durable Object of its team, once the resource is no longer provisional. */
import { teamScope } from "../../../contract/admission.ts";
import type { ResourceKind } from "../../../contract/kinds.ts";
import type { Deps } from "../../deps.ts";
import { findLeaseOf } from "../../platform-db/resource-lookup.ts";

/** Idempotent. A concurrent drop takes precedence: the resource ends uncounted. @throws when the object or the database does not answer */
export async function countForTeam(deps: Deps, teamId: string, resource: { resourceId: string; kind: ResourceKind }): Promise<void> {
  const { resourceId } = resource;
  const object = deps.admission.of(teamScope(teamId));
  await deps.fault("worker.count.before_attach", resourceId);
  await object.attach([resource]);
  // A drop detaches the resource once its row is `dropped`. If it did so before the attach above, the detach must be repeated here.
  const lease = await findLeaseOf(deps.database, resourceId);
  if (lease === null || lease.status === "dropped") await object.detach(resourceId);
}
