/** The admission and outbox ports over Durable Object namespaces. */
import type { AdmissionObject, OutboxJob, OutboxObject } from "../../contract/admission.ts";
import { isTeamScope, outboxShardOf } from "../../contract/admission.ts";
import type { AdmissionPort } from "./admission.ts";
import type { OutboxPort } from "./outbox.ts";

/** Any namespace whose objects answer `T` by RPC. */
export type NamespaceOf<T> = { getByName(name: string): T };

/** A team's scope says so; every other one is an anonymous caller's. */
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
