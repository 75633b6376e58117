/**
 * The outbox: jobs that must happen. An outbox object keeps each job until the platform answers that it is done.
 * Outcomes and the dead-letter state are described in docs/orphans.md.
 */
import { z } from "zod";
import { accessSchema, tenantLimitsSchema } from "./jobs.ts";
import { resourceKindSchema } from "./kinds.ts";
import { resourceIdSchema } from "./names.ts";

const target = {
  resourceId: resourceIdSchema,
  kind: resourceKindSchema,
  /** Of one resource and verb only the job with the highest generation counts. */
  generation: z.number().int().min(1),
};

/** One entry a verb, with the payload it needs. A drop ends the other jobs of its resource. */
export const outboxJobSchema = z.discriminatedUnion("verb", [
  z.strictObject({ ...target, verb: z.literal("drop") }),
  z.strictObject({ ...target, verb: z.literal("limit"), limits: tenantLimitsSchema, access: accessSchema }),
]);
export type OutboxJob = z.infer<typeof outboxJobSchema>;
export type OutboxVerb = OutboxJob["verb"];
export type DropJob = Extract<OutboxJob, { verb: "drop" }>;
export type LimitJob = Extract<OutboxJob, { verb: "limit" }>;

/**
 * How one try of a job ended. `code` names what failed and holds no text of a server.
 * `retryable` is false when the same job would be refused again until an operator changes something.
 */
export type TryOutcome = { ok: true } | { ok: false; code: string; retryable: boolean };

/** A job that failed too often. It is tried again only when the cron revives it, or when a newer generation replaces it. */
export type DeadJob = { resourceId: string; verb: string; generation: number; attempts: number; lastError: string };

export type OutboxState = {
  /** Jobs the outbox works on. */
  due: number;
  dead: number;
  /** How long the oldest due job has waited; 0 when none is due. */
  oldestDueSeconds: number;
};

/** What each outbox object offers by RPC. */
export interface OutboxObject {
  /** Keeps each job once, however often it is given. */
  enqueue(jobs: OutboxJob[]): Promise<void>;
  state(): Promise<OutboxState>;
  /** Gives dead jobs one more try each, at most `limit`, the longest untried first. @returns these jobs */
  revive(limit: number): Promise<DeadJob[]>;
}

/** What an outbox object asks of the Worker around it. */
export interface OutboxPlatform {
  /** Tries the job once, where its resource lives and in the platform database. Idempotent. */
  perform(job: OutboxJob): Promise<TryOutcome>;
}

/** The outbox objects that share the work. A resource always belongs to the same one. */
export const OUTBOX_SHARDS = ["outbox-0", "outbox-1", "outbox-2", "outbox-3"] as const;
export type OutboxShard = (typeof OUTBOX_SHARDS)[number];
export function outboxShardOf(resourceId: string): OutboxShard {
  return OUTBOX_SHARDS[Number.parseInt(resourceId.slice(0, 4), 16) % OUTBOX_SHARDS.length] ?? OUTBOX_SHARDS[0];
}
