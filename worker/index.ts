/** Entry point: HTTP, cron, the Durable Object classes, and the gateway through which they call the Worker. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Abandoned, OutboxJob, PlatformActions } from "../contract/admission.ts";
import type { InboxPlatform, InboxRecord } from "../contract/webhook-inbox.ts";
import { createApp } from "./app.ts";
import { runScheduled } from "./cron/schedule.ts";
import type { Deps } from "./deps.ts";
import { inboxRecord } from "./homes/inbox.ts";
import { answerMisconfigured } from "./misconfigured.ts";
import { abandonCreate } from "./services/lifecycle/abandon.ts";
import { performJob } from "./services/lifecycle/perform.ts";
import { depsFor } from "./wiring.ts";

export { DevMailbox } from "../durable-objects/dev-mailbox.ts";
export { Fingerprint } from "../durable-objects/fingerprint.ts";
export { JobOutbox } from "../durable-objects/job-outbox.ts";
export { Team } from "../durable-objects/team.ts";
export { WebhookInbox } from "../durable-objects/webhook-inbox.ts";

/** Called only by loopback RPC from this Worker's own objects; it has no HTTP. */
export class PlatformGateway extends WorkerEntrypoint<unknown> implements PlatformActions, InboxPlatform {
  async abandon(intent: Abandoned): Promise<"abandoned" | "complete"> {
    return this.#logged("abandon", intent.resourceId, () => abandonCreate(depsFor(this.env), intent));
  }

  async perform(job: OutboxJob): Promise<void> {
    await this.#logged(`perform.${job.verb}`, job.resourceId, () => performJob(depsFor(this.env), job));
  }

  async inboxRecord(resourceId: string): Promise<InboxRecord> {
    return this.#logged("inbox_record", resourceId, () => inboxRecord(depsFor(this.env), resourceId));
  }

  /** The calling object learns only that the call failed; the reason is in the log. */
  async #logged<T>(action: string, resourceId: string, act: () => Promise<T>): Promise<T> {
    const { log } = depsFor(this.env);
    try {
      const result = await act();
      log.info("action.done", { step: action, resourceId });
      return result;
    } catch (cause) {
      log.warn("action.failed", { step: action, resourceId, cause });
      throw new Error(`${action} failed`);
    }
  }
}

export default {
  fetch(request, env, ctx) {
    let deps: Deps;
    try {
      deps = depsFor(env);
    } catch (cause) {
      return answerMisconfigured(request, cause);
    }
    return createApp(deps).fetch(request, env, ctx);
  },
  async scheduled(event, env) {
    await runScheduled(depsFor(env), event.cron);
  },
} satisfies ExportedHandler<unknown>;
