/** Adds a claimed resource to the count of its team's object, once it belongs to the team. */
import { teamScope } from "../../../contract/admission.ts";
import type { ResourceKind } from "../../../contract/kinds.ts";
import type { Deps } from "../../deps.ts";
import { findLeaseOf } from "../../platform-db/resource-lookup.ts";

/** Idempotent; a drop that ends at the same time takes precedence. @throws when the object or the database does not answer */
export async function countForTeam(deps: Deps, teamId: string, resource: { resourceId: string; kind: ResourceKind }): Promise<void> {
  const { resourceId } = resource;
  const object = deps.admission.of(teamScope(teamId));
  await deps.fault("worker.count.before_attach", resourceId);
  await object.attach([resource]);
  // A drop takes it out of the object after its row is done: if it did so before this ran, it would not do it again.
  const lease = await findLeaseOf(deps.database, resourceId);
  if (lease === null || lease.status === "dropped") await object.detach(resourceId);
}
