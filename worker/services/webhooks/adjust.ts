/** Gives an inbox the limits and the lease its row has now, as after a claim or another tier. */
import type { Deps } from "../../deps.ts";
import { inboxRecord } from "./record.ts";

/** Twice is once; one that is going is left alone. @throws when the database does not answer or the object is out of reach */
export async function adjustInbox(deps: Deps, resourceId: string): Promise<void> {
  const record = await inboxRecord(deps, resourceId);
  if (record.state !== "kept") return;
  const inbox = await deps.inboxes.of(await deps.hasher.resourceTokenFor(resourceId));
  const { limits, expiresAt, pause } = record;
  await inbox.adjust({ limits, expiresAt, ...(pause === undefined ? {} : { pause }) });
}
