/** Entry point: HTTP, cron, the Durable Object classes, and the gateway through which they call the Worker. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { type Abandoned, type AdmissionPlatform, isDeploy } from "../contract/admission.ts";
import type { OutboxJob, OutboxPlatform, TryOutcome } from "../contract/outbox.ts";
import type { InboxPlatform, InboxRecord } from "../contract/webhook-inbox.ts";
import { createApp } from "./app.ts";
import { runScheduled } from "./cron/schedule.ts";
import type { Deps } from "./deps.ts";
import { inboxRecord } from "./homes/inbox.ts";
import { answerMisconfigured } from "./misconfigured.ts";
import { abandonDeploy } from "./services/deploys/remove.ts";
import { abandonCreate } from "./services/lifecycle/abandon.ts";
import { tryJob } from "./services/lifecycle/attempt.ts";
import { depsFor } from "./wiring.ts";

export { DevMailbox } from "../durable-objects/dev-mailbox.ts";
export { Fingerprint } from "../durable-objects/fingerprint.ts";
export { JobOutbox } from "../durable-objects/job-outbox.ts";
export { Team } from "../durable-objects/team.ts";
export { WebhookInbox } from "../durable-objects/webhook-inbox.ts";

/** Called only by loopback RPC from this Worker's own objects; it has no HTTP. */
export class PlatformGateway extends WorkerEntrypoint<unknown> implements AdmissionPlatform, OutboxPlatform, InboxPlatform {
  async abandon(intent: Abandoned): Promise<"abandoned" | "complete"> {
    return this.#logged("abandon", intent.resourceId, () => abandon(depsFor(this.env), intent));
  }

  async perform(job: OutboxJob): Promise<TryOutcome> {
    return tryJob(depsFor(this.env), job);
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

/** Deploys have rows of their own. */
function abandon(deps: Deps, { kind, ...intent }: Abandoned): Promise<"abandoned" | "complete"> {
  return isDeploy(kind) ? abandonDeploy(deps, { kind, ...intent }) : abandonCreate(deps, { kind, ...intent });
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
