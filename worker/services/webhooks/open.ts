/** Opens the inbox of a resource and proves it: what is answered 201 has been reached by the very token in the answer. */
import type { Tier } from "../../../contract/plans.ts";
import { type FixedResponse, inboxLimits } from "../../../contract/webhook-inbox.ts";
import type { Deps } from "../../deps.ts";

type Wanted = { resourceId: string; tier: Tier; expiresAt: Date | null; response?: FixedResponse | undefined };

/** Twice is once. @throws when the object is out of reach, or was closed before: what was given up cannot rise again */
export async function openInbox({ hasher, inboxes }: Deps, { resourceId, tier, expiresAt, response }: Wanted): Promise<void> {
  const token = await hasher.resourceTokenFor(resourceId);
  const inbox = await inboxes.of(token);
  const opening = { resourceId, limits: inboxLimits(tier), expiresAt: expiresAt?.getTime() ?? null, response: response ?? null };
  if ((await inbox.open(opening)) === "closed") throw new Error("the inbox was closed before it was opened");
  // The way a post comes: by a token that passes for one of ours.
  const isReachable = await hasher.isResourceToken(token);
  const { outcome } = await (await inboxes.of(token)).list({ limit: 1, before: null, after: null, sinceMs: null });
  if (!isReachable || outcome !== "page") throw new Error(`the inbox that was opened is ${outcome}`);
}
