/** Webhook inboxes by token. Services reach them through this port only. The adapter is in `durable-objects.ts`. */
import type { WebhookInboxObject } from "../../contract/webhook-inbox.ts";

export interface InboxPort {
  /**
   * The inbox of a token. A call creates the object, so check tokens from outside with `Hasher.isResourceToken` first.
   * Its methods reject when the object is out of reach.
   */
  of(token: string): Promise<WebhookInboxObject>;
}
