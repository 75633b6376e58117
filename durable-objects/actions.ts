/** How an object reaches the Worker around it. */
import type { AdmissionPlatform } from "../contract/admission.ts";
import type { OutboxPlatform } from "../contract/outbox.ts";
import type { InboxPlatform } from "../contract/webhook-inbox.ts";

export type PlatformActions = AdmissionPlatform & OutboxPlatform & InboxPlatform;

/**
 * The Worker's `PlatformGateway` entrypoint by loopback RPC.
 * The cast is safe because `worker/index.ts` exports that class with `implements` of all three; RPC only makes results async.
 */
export function platformActions(ctx: DurableObjectState): PlatformActions {
  return (ctx.exports as unknown as { PlatformGateway: PlatformActions }).PlatformGateway;
}
