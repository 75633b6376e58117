/**
 * Admission: the one call a create makes to its actor's Durable Object, and how that object is told the end.
 * `fingerprint` (anonymous callers) and `team` objects answer the same shapes. Source: ARCHITECTURE "One create", PRODUCT "replays".
 */
import type { ErrorCode } from "./errors.ts";
import type { Access, TenantLimits } from "./jobs.ts";
import type { ResourceKind } from "./kinds.ts";

/** How long one attempt may hold a key and its resource id before a retry takes over, unless the Worker is configured otherwise. */
export const LEASE_MS = 60_000;
/** How long after its lease an unfinished create can still be resumed with its key; then it is abandoned. */
export const RESUME_WINDOW_MS = 60_000;
/** How long a duplicate waits for the first one's answer before it gets 409. */
export const DUPLICATE_WAIT_MS = 10_000;
/** How long an answer can be replayed. */
export const REPLAY_LIFETIME_MS = 24 * 3_600_000;
export const RATE_WINDOW_MS = 60_000;

/** An allowance after this request was counted; `-1` limits are never sent here. */
export type Allowance = { limit: number; remaining: number; resetsInSeconds: number };

/** A finished answer as the object keeps it: status and ciphertext, which it cannot read. */
export type SealedAnswer = { status: number; sealedBody: string };

export type Lease = { holdMs: number; resumeMs: number };
export const LEASE: Lease = { holdMs: LEASE_MS, resumeMs: RESUME_WINDOW_MS };

export type AdmitRequest = {
  /** Route pattern, e.g. "POST /db/new"; with the object's own scope it bounds a key. */
  route: string;
  kind: ResourceKind;
  /** The id this create gets unless it resumes an earlier one. */
  resourceId: string;
  /** Requests per minute; null for a caller without a limit. */
  ratePerMinute: number | null;
  /** Creates per UTC day; null for a caller without a cap. */
  dailyCap: number | null;
  /** Living resources at a time, in all and of this kind; null for a caller whose resources are not counted. */
  live: { cap: number | null; kindCap: number | null } | null;
  /** How long this attempt holds the key, and how long after that an unfinished create can be resumed with it. */
  lease: Lease;
  /** Hashes only; null without a key. */
  idempotency: { keyHash: string; bodyHash: string } | null;
};

export type Admission = { rate: Allowance | null; daily: Allowance | null } & (
  | {
      outcome: "proceed";
      /** The id to make: the caller's own, or the one an earlier attempt with this key began with. */
      resourceId: string;
      resumed: boolean;
      /** Names this attempt in `fail`: once a later attempt runs, an earlier one's failure no longer counts. */
      attempt: number;
    }
  | { outcome: "replay"; answer: SealedAnswer }
  /** The request this one duplicates has just failed; nothing of it is stored. */
  | { outcome: "failed"; error: ErrorCode }
  | { outcome: "key_conflict" }
  | { outcome: "key_in_progress" }
  | { outcome: "rate_limited" }
  | { outcome: "daily_cap" }
  | { outcome: "live_cap"; cap: number; ofKind: boolean }
);

/** How a create failed. With `jobSent` false no engine can have anything of it, so there is nothing to abandon. */
export type Failure = { error: ErrorCode; jobSent: boolean };

const TEAM_SCOPE_PREFIX = "team:";

/** The scope of a team: the name of its object, and whose stored answers they are. Migration-free: rows hold it as text. */
export function teamScope(teamId: string): string {
  return TEAM_SCOPE_PREFIX + teamId;
}

export function isTeamScope(scope: string): boolean {
  return scope.startsWith(TEAM_SCOPE_PREFIX);
}

/** What the actor's object offers by RPC. */
export interface AdmissionObject {
  admit(request: AdmitRequest): Promise<Admission>;
  /** Counts one request of any other route. */
  count(ratePerMinute: number): Promise<Allowance & { allowed: boolean }>;
  /**
   * The create is complete: its row is written, and it is being answered. The intent ends and, with a key, `answer` can be
   * replayed (null without a key). Told after the answer: until then a retry with the key waits, or resumes the same resource.
   */
  finish(resourceId: string, answer: SealedAnswer | null): Promise<void>;
  /**
   * The create failed: the slot is given back and waiting duplicates fail alike; a retry with the key may resume the same
   * resource for a while, after that (without a key: at once) it is abandoned.
   */
  fail(resourceId: string, attempt: number, failure: Failure, resumeMs: number): Promise<void>;
  /** Forgets stored answers of a resource that was claimed, rotated or deleted. */
  forget(resourceId: string): Promise<void>;
  /** Counts resources that came into the caller's hands otherwise than by a create. Counting one twice counts it once. */
  attach(resources: Array<{ resourceId: string; kind: ResourceKind }>): Promise<void>;
  /** The resource is gone, or another's now: it counts no more, and its stored answers are forgotten. */
  detach(resourceId: string): Promise<void>;
}

type JobTarget = { resourceId: string; kind: ResourceKind; generation: number };
export type DropJob = JobTarget & { verb: "drop" };
export type LimitJob = JobTarget & { verb: "limit"; limits: TenantLimits; access: Access };

/**
 * A job that must happen: kept by the outbox until the bridge has done it. Of one resource only the newest limit job counts,
 * and none any more once it is to be dropped.
 */
export type OutboxJob = DropJob | LimitJob;

export interface OutboxObject {
  /** Keeps each job once, however often it is given. */
  enqueue(jobs: OutboxJob[]): Promise<void>;
}

/** How many outbox objects share the work; a resource always meets the same one. */
export const OUTBOX_SHARDS = 4;
export function outboxShardOf(resourceId: string): string {
  return `outbox-${Number.parseInt(resourceId.slice(0, 4), 16) % OUTBOX_SHARDS}`;
}

/** A create whose end was not heard in time, or that failed (`wasRefused`: its caller was told so). */
export type Abandoned = { resourceId: string; kind: ResourceKind; wasRefused: boolean };

/**
 * What Durable Objects ask of the Worker around them (they know no SQL, no bridge and no key themselves).
 * Each is idempotent and throws when it could not be done now.
 */
export interface PlatformActions {
  /**
   * Gives a create up: takes its row, so that no late insert can succeed, then has its tenant dropped. A row that is written
   * already makes the create `complete`, and nothing is given up, unless its caller was told that it failed.
   */
  abandon(intent: Abandoned): Promise<"abandoned" | "complete">;
  /** Sends the job to the bridge and records its end in the platform database. */
  perform(job: OutboxJob): Promise<void>;
}
