/** Counts a resource into its team's object: what came by a claim, once it is wholly the team's. */
import { teamScope } from "../../../contract/admission.ts";
import type { ResourceKind } from "../../../contract/kinds.ts";
import type { Deps } from "../../deps.ts";
import { findLeaseOf } from "../../platform-db/resource-lookup.ts";

/** Idempotent; a drop that ends at the same time is the last to be heard. @throws when the object or the database does not answer */
export async function countForTeam(deps: Deps, teamId: string, resource: { resourceId: string; kind: ResourceKind }): Promise<void> {
  const { resourceId } = resource;
  const object = deps.admission.of(teamScope(teamId));
  await deps.fault("worker.count.before_attach", resourceId);
  await object.attach([resource]);
  // A drop takes it out of the object after its row is done: had it done so before this came, nobody would do it again.
  const lease = await findLeaseOf(deps.database, resourceId);
  if (lease === null || lease.status === "dropped") await object.detach(resourceId);
}
