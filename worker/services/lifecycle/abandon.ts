/** Abandons a create. The intent's alarm calls it until it succeeds. Idempotent. */
import type { Abandoned } from "../../../contract/admission.ts";
import type { ResourceKind } from "../../../contract/kinds.ts";
import type { Deps } from "../../deps.ts";
import { abandonResource } from "../../platform-db/resources.ts";

/** @returns `complete` when the create's row was written in time; nothing is abandoned then */
export async function abandonCreate(deps: Deps, intent: Abandoned<ResourceKind>): Promise<"abandoned" | "complete"> {
  const generation = await abandonResource(deps.database, intent, new Date(deps.clock.now()));
  if (generation === null) return "complete";
  const { resourceId, kind } = intent;
  await deps.fault("worker.abandon.after_row", resourceId);
  await deps.outbox.enqueue([{ resourceId, kind, generation, verb: "drop" }]);
  await deps.fault("worker.abandon.after_enqueue", resourceId);
  return "abandoned";
}
