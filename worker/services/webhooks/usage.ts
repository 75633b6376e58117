/** What an inbox stores: the object counts every byte, so nothing has to be measured. */
import type { RequestContext } from "../../context.ts";
import { within } from "../within.ts";

/** One inbox that is away must not hold up a page of them. */
const USAGE_TIMEOUT_MS = 3_000;

/** @returns bytes, or null where the inbox does not say: what else is known of the resource is shown all the same */
export async function inboxBytes({ ctx, token }: { ctx: RequestContext; token: string }): Promise<number | null> {
  try {
    const inbox = await ctx.deps.inboxes.of(token);
    const usage = await within(USAGE_TIMEOUT_MS, inbox.usage());
    return usage.outcome === "used" ? usage.bytes : null;
  } catch (cause) {
    ctx.log.warn("inbox.usage_unknown", { cause });
    return null;
  }
}
