/** Closes the inbox of a resource, opened or not. */
import type { Deps } from "../../deps.ts";

/** Twice is once. @throws when the object is out of reach */
export async function closeInbox({ hasher, inboxes }: Deps, resourceId: string): Promise<void> {
  const inbox = await inboxes.of(await hasher.resourceTokenFor(resourceId));
  await inbox.close();
}
