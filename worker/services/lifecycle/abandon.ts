/** Gives a create up that nobody finished. Called by the intent's alarm until it succeeds; doing it twice does it once. */
import type { ResourceKind } from "../../../contract/names.ts";
import type { Deps } from "../../deps.ts";
import { abandonResource } from "../../platform-db/resources.ts";

export async function abandonCreate(deps: Deps, intent: { resourceId: string; kind: ResourceKind }): Promise<void> {
  const generation = await abandonResource(deps.database, intent, new Date(deps.clock.now()));
  await deps.fault("worker.abandon.after_row", intent.resourceId);
  await deps.outbox.enqueue([{ ...intent, generation, verb: "drop" }]);
  await deps.fault("worker.abandon.after_enqueue", intent.resourceId);
}
