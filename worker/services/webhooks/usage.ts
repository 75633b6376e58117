/** What an inbox stores: the object counts every byte, so nothing has to be measured. */
import pTimeout from "p-timeout";
import type { RequestContext } from "../../context.ts";

/** One inbox that is away must not hold up a page of them. */
const USAGE_TIMEOUT_MS = 3_000;

/** @returns bytes, or null where the inbox does not say: what else is known of the resource is shown all the same */
export async function inboxBytes({ ctx, token }: { ctx: RequestContext; token: string }): Promise<number | null> {
  try {
    const inbox = await ctx.deps.inboxes.of(token);
    // p-timeout calls `cancel` on what it gave up waiting for, which an object's own promise would send to the object.
    const usage = await pTimeout(Promise.resolve(inbox.usage()), { milliseconds: USAGE_TIMEOUT_MS });
    return usage.outcome === "used" ? usage.bytes : null;
  } catch (cause) {
    ctx.log.warn("inbox.usage_unknown", { cause });
    return null;
  }
}
