/** What an inbox stores: the object counts every byte, so nothing has to be measured. */
import type { RequestContext } from "../../context.ts";

/** @returns bytes, or null where the inbox does not say: what else is known of the resource is shown all the same */
export async function inboxBytes({ ctx, token }: { ctx: RequestContext; token: string }): Promise<number | null> {
  try {
    const usage = await (await ctx.deps.inboxes.of(token)).usage();
    return usage.outcome === "used" ? usage.bytes : null;
  } catch (cause) {
    ctx.log.warn("inbox.usage_unknown", { cause });
    return null;
  }
}
