/** Webhook inboxes behind their tokens: the only way a service reaches one. The adapter is in `durable-objects.ts`. */
import type { WebhookInboxObject } from "../../contract/webhook-inbox.ts";

export interface InboxPort {
  /**
   * The inbox of a token. Any call makes an object of it, so ask `Hasher.isResourceToken` first where the token comes from outside.
   * Its methods reject when the object is out of reach.
   */
  of(token: string): Promise<WebhookInboxObject>;
}
