/** How an object reaches the Worker around it. */
import type { PlatformActions } from "../contract/admission.ts";
import type { InboxPlatform } from "../contract/webhook-inbox.ts";

/**
 * The Worker's `PlatformGateway` entrypoint by loopback RPC.
 * The cast is safe because `worker/index.ts` exports that class with `implements PlatformActions, InboxPlatform`; RPC only makes results async.
 */
export function platformActions(ctx: DurableObjectState): PlatformActions & InboxPlatform {
  return (ctx.exports as unknown as { PlatformGateway: PlatformActions & InboxPlatform }).PlatformGateway;
}
