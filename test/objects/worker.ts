/** The entry of these tests: the real objects, and a gateway that records what they ask and answers as told. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Abandoned, AdmissionPlatform } from "../../contract/admission.ts";
import type { OutboxJob, OutboxPlatform, TryOutcome } from "../../contract/outbox.ts";
import type { InboxPlatform, InboxRecord } from "../../contract/webhook-inbox.ts";
import { gateway } from "./gateway.ts";

export { DevMailbox } from "../../durable-objects/dev-mailbox.ts";
export { Fingerprint } from "../../durable-objects/fingerprint.ts";
export { JobOutbox } from "../../durable-objects/job-outbox.ts";
export { Team } from "../../durable-objects/team.ts";
export { WebhookInbox } from "../../durable-objects/webhook-inbox.ts";

export class PlatformGateway extends WorkerEntrypoint<unknown> implements AdmissionPlatform, OutboxPlatform, InboxPlatform {
  async abandon(intent: Abandoned): Promise<"abandoned" | "complete"> {
    gateway.abandoned.push(intent.resourceId);
    if (intent.wasRefused) gateway.refused.push(intent.resourceId);
    return gateway.onAbandon(intent.resourceId);
  }

  async perform(job: OutboxJob): Promise<TryOutcome> {
    gateway.performed.push(job);
    return gateway.onPerform(job);
  }

  async inboxRecord(resourceId: string): Promise<InboxRecord> {
    return gateway.onInboxRecord(resourceId);
  }
}

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler;
