/**
 * Admission: the call that a create makes to its actor's Durable Object, and the calls that report how the create ended.
 * `fingerprint` objects (anonymous callers) and `team` objects share this interface. See docs/decisions/0002-the-row-decides.md.
 */
import type { ErrorCode } from "./errors.ts";
import type { ResourceKind } from "./kinds.ts";

/** How long one attempt may hold a key and its resource id before a retry takes over, unless the Worker is configured otherwise. */
export const LEASE_MS = 60_000;
/** How long after its lease an unfinished create can be resumed with its key. After that it is abandoned. */
export const RESUME_WINDOW_MS = 60_000;
/** How long a duplicate request waits for the first one's answer before it gets 409. */
export const DUPLICATE_WAIT_MS = 10_000;
/** How long an answer can be replayed. */
export const REPLAY_LIFETIME_MS = 24 * 3_600_000;
export const RATE_WINDOW_MS = 60_000;

/** An allowance after this request was counted. Unlimited allowances (-1) are never sent here. */
export type Allowance = { limit: number; remaining: number; resetsInSeconds: number };

/** A finished answer as the object stores it: status and ciphertext. The object cannot decrypt it. */
export type SealedAnswer = { status: number; sealedBody: string };

/** The kind of a deployment. It is counted like a resource, against a limit of its own. */
export const DEPLOYMENT = "deployment";
/** What an object admits: a resource of some kind, a deployment, or an upload that updates one, which is not counted. */
export type AdmittedKind = ResourceKind | DeployKind;
export type DeployKind = typeof DEPLOYMENT | "release";

export function isDeploy(kind: AdmittedKind): kind is DeployKind {
  return kind === DEPLOYMENT || kind === "release";
}

export type Lease = { holdMs: number; resumeMs: number };
export const LEASE: Lease = { holdMs: LEASE_MS, resumeMs: RESUME_WINDOW_MS };

export type AdmitRequest = {
  /** Route pattern, e.g. "POST /db/new". An idempotency key is valid for one route and one object. */
  route: string;
  kind: AdmittedKind;
  /** The id of the new resource, unless the create resumes an earlier one. */
  resourceId: string;
  /** Requests per minute; null for a caller without a limit. */
  ratePerMinute: number | null;
  /** Creates per UTC day; null for a caller without a cap. */
  dailyCap: number | null;
  /**
   * Resources that may exist at a time, in total and of this kind; null for a caller whose resources are not counted. The total is of
   * deployments for a deployment, and of everything else for everything else.
   */
  live: { cap: number | null; kindCap: number | null } | null;
  /** How long this attempt holds the key, and how long after that an unfinished create can be resumed with it. */
  lease: Lease;
  /** Hashes only; null without a key. */
  idempotency: { keyHash: string; bodyHash: string } | null;
};

export type Admission = { rate: Allowance | null; daily: Allowance | null } & (
  | {
      outcome: "proceed";
      /** The id to create: the caller's own, or the id of an earlier attempt with this key. */
      resourceId: string;
      resumed: boolean;
      /** Identifies this attempt in `fail`: the failure of an attempt that a later one replaced is ignored. */
      attempt: number;
    }
  | { outcome: "replay"; answer: SealedAnswer }
  /** The request that this one duplicates has just failed. Nothing of it is stored. */
  | { outcome: "failed"; error: ErrorCode }
  | { outcome: "key_conflict" }
  | { outcome: "key_in_progress" }
  | { outcome: "rate_limited" }
  | { outcome: "daily_cap" }
  | { outcome: "live_cap"; cap: number; ofKind: boolean }
);

/** How a create failed. With `jobSent` false no engine was asked, so there is nothing to abandon. */
export type Failure = { error: ErrorCode; jobSent: boolean };

const TEAM_SCOPE_PREFIX = "team:";

/** The scope of a team: the name of its object and the owner of its stored answers. Rows hold it as text. */
export function teamScope(teamId: string): string {
  return TEAM_SCOPE_PREFIX + teamId;
}

export function isTeamScope(scope: string): boolean {
  return scope.startsWith(TEAM_SCOPE_PREFIX);
}

/** The RPC methods of an actor's object. */
export interface AdmissionObject {
  admit(request: AdmitRequest): Promise<Admission>;
  /** Counts one request of any other route. */
  count(ratePerMinute: number): Promise<Allowance & { allowed: boolean }>;
  /**
   * The create is complete: its row is written, and the caller is being answered. The intent ends. With a key, `answer` can be
   * replayed (null without a key). Called after the answer: until then a retry with the key waits or resumes the same resource.
   */
  finish(resourceId: string, answer: SealedAnswer | null): Promise<void>;
  /**
   * The create failed: its slot is free again, and waiting duplicates fail too. For a while, a retry with the key can resume the
   * same resource. After that (without a key: immediately) the create is abandoned.
   */
  fail(resourceId: string, attempt: number, failure: Failure, resumeMs: number): Promise<void>;
  /** Deletes the stored answers of a resource that was claimed, rotated or deleted. */
  forget(resourceId: string): Promise<void>;
  /** Counts resources that the caller received other than by a create. Idempotent for each resource. */
  attach(resources: Array<{ resourceId: string; kind: AdmittedKind }>): Promise<void>;
  /** The resource was deleted or has another owner now: it no longer counts, and its stored answers are deleted. */
  detach(resourceId: string): Promise<void>;
  /**
   * Takes one of `max` places for an upload, or with the same id renews it. A place is free again after `endUpload`, or `leaseMs` later.
   * @returns false when all are taken
   */
  beginUpload(uploadId: string, places: { max: number; leaseMs: number }): Promise<boolean>;
  endUpload(uploadId: string): Promise<void>;
}

/** A create that did not report its end in time, or that failed (`wasRefused`: its caller got an error). */
export type Abandoned<K extends AdmittedKind = AdmittedKind> = { resourceId: string; kind: K; wasRefused: boolean };

/** What these objects call in the Worker: they have no access to SQL, to the bridge or to keys. Idempotent; throws when it cannot be done now. */
export interface AdmissionPlatform {
  /**
   * Abandons a create: inserts its row as abandoned, so that a late insert fails, then has its tenant dropped. If the row exists
   * already, the create is `complete` and is kept, unless its caller got an error.
   */
  abandon(intent: Abandoned): Promise<"abandoned" | "complete">;
}
