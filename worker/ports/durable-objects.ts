/** Adapters of the ports that Durable Objects implement. */
import type { AdmissionObject, OutboxJob, OutboxObject } from "../../contract/admission.ts";
import { isTeamScope, outboxShardOf } from "../../contract/admission.ts";
import type { WebhookInboxObject } from "../../contract/webhook-inbox.ts";
import type { AdmissionPort } from "./admission.ts";
import type { InboxPort } from "./inbox.ts";
import type { OutboxPort } from "./outbox.ts";

/** A namespace whose objects implement `T` by RPC. */
export type NamespaceOf<T> = { getByName(name: string): T };

/** The scope of a team has a prefix; all others belong to anonymous callers. */
export function createAdmission(by: { fingerprints: NamespaceOf<AdmissionObject>; teams: NamespaceOf<AdmissionObject> }): AdmissionPort {
  return { of: (scope) => (isTeamScope(scope) ? by.teams : by.fingerprints).getByName(scope) };
}

export function createOutbox(namespace: NamespaceOf<OutboxObject>): OutboxPort {
  return {
    async enqueue(jobs) {
      const shards = Object.groupBy(jobs, (job) => outboxShardOf(job.resourceId));
      await Promise.all(Object.entries(shards).map(([shard, share]) => namespace.getByName(shard).enqueue(share as OutboxJob[])));
    },
  };
}

/** An inbox is named by the hash of its token; the token itself is not stored. */
export function createInboxes(
  namespace: NamespaceOf<WebhookInboxObject>,
  hasher: { tokenHash(token: string): Promise<string> },
): InboxPort {
  return { of: async (token) => namespace.getByName(await hasher.tokenHash(token)) };
}
