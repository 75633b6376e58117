/** Abandons a create. Called by the intent's alarm until it succeeds. Idempotent. */
import type { Abandoned } from "../../../contract/admission.ts";
import type { Deps } from "../../deps.ts";
import { abandonResource } from "../../platform-db/resources.ts";

/** `complete`: its row was written in time, so there is nothing to abandon. */
export async function abandonCreate(deps: Deps, intent: Abandoned): Promise<"abandoned" | "complete"> {
  const generation = await abandonResource(deps.database, intent, new Date(deps.clock.now()));
  if (generation === null) return "complete";
  const { resourceId, kind } = intent;
  await deps.fault("worker.abandon.after_row", resourceId);
  await deps.outbox.enqueue([{ resourceId, kind, generation, verb: "drop" }]);
  await deps.fault("worker.abandon.after_enqueue", resourceId);
  return "abandoned";
}
