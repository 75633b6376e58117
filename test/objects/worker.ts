/** The entry of these tests: the real objects, and a gateway that records what they ask and answers as told. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Abandoned, OutboxJob, PlatformActions } from "../../contract/admission.ts";
import { gateway } from "./gateway.ts";

export { DevMailbox } from "../../durable-objects/dev-mailbox.ts";
export { Fingerprint } from "../../durable-objects/fingerprint.ts";
export { JobOutbox } from "../../durable-objects/job-outbox.ts";
export { Team } from "../../durable-objects/team.ts";

export class PlatformGateway extends WorkerEntrypoint<unknown> implements PlatformActions {
  async abandon(intent: Abandoned): Promise<"abandoned" | "complete"> {
    gateway.abandoned.push(intent.resourceId);
    if (intent.wasRefused) gateway.refused.push(intent.resourceId);
    return gateway.onAbandon(intent.resourceId);
  }

  async perform(job: OutboxJob): Promise<void> {
    gateway.performed.push(job);
    await gateway.onPerform(job);
  }
}

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler;
