/**
 * Webhook inboxes: the interface between the Worker and the object. Each inbox is one Durable Object, named by a keyed hash of the
 * resource's token. All bounds: docs/limits/webhook.md.
 */
import type { Allowance } from "./admission.ts";
import { type Plans, plans, type Tier, UNLIMITED } from "./plans.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** One request's body. */
export const RECEIVE_MAX_BYTES = MIB;
/** One request's header names and values. */
export const RECEIVE_HEADERS_MAX_BYTES = 64 * KIB;
/** One request's path (without the token) and query. */
export const RECEIVE_TARGET_MAX_BYTES = 16 * KIB;
export const FIXED_RESPONSE_MAX_BYTES = 16 * KIB;
export const LIST_DEFAULT = 50;
export const LIST_MAX = 100;
/** The most bytes of a page. A page always holds at least one request. */
export const PAGE_MAX_BYTES = 4 * MIB;
export const WAIT_DEFAULT_SECONDS = 30;
export const WAIT_MAX_SECONDS = 30;
export const REPLAYS_PER_MINUTE = 10;
/** The bound of a tier without a limit. Cloudflare gives an object 10 GB. */
export const INBOX_CEILING_BYTES = 8 * 1024 * MIB;

/** An inbox's own answer instead of `{ok, id}`. It cannot be a page in a browser, set a cookie or redirect. */
export const FIXED_CONTENT_TYPES = ["text/plain", "application/json", "application/xml"] as const;
export type FixedResponse = { status: number; contentType: (typeof FIXED_CONTENT_TYPES)[number]; body: string };

/** The most an inbox keeps. The oldest requests are evicted first. */
export type InboxLimits = { requests: number; bytes: number };

/** What an inbox keeps, for each tier. */
export function inboxLimits(tier: Tier, table: Plans = plans): InboxLimits {
  const { webhook_requests_stored: requests, webhook_storage_mb: megabytes } = table.tiers[tier].limits;
  return {
    requests: requests === UNLIMITED ? Number.MAX_SAFE_INTEGER : requests,
    bytes: megabytes === UNLIMITED ? INBOX_CEILING_BYTES : Math.min(megabytes * MIB, INBOX_CEILING_BYTES),
  };
}

/** Whether its team has suspended it, and the generation of that row. The newer generation counts. */
export type Pause = { isPaused: boolean; generation: number };
/** The settings of an inbox. `expiresAt` null: until it is closed. `pause` absent: unchanged. */
export type InboxLease = { limits: InboxLimits; expiresAt: number | null; pause?: Pause };
export type Opening = InboxLease & { resourceId: string; response: FixedResponse | null };

/** The state of an inbox in the platform database. `unknown`: there is no row, possibly because rows were lost. */
export type InboxRecord = ({ state: "kept" } & InboxLease) | { state: "gone" } | { state: "unknown" };

/** An incoming request. Secrets in its headers are redacted, and the token is removed from its path. */
export type Arrival = {
  method: string;
  path: string;
  query: string;
  /** Name → values. */
  headers: Record<string, string[]>;
  body: Uint8Array;
};
export type StoredRequest = Arrival & { id: string; receivedAt: number };

/** Sorts by arrival. It does not reveal how many requests there were. */
export const REQUEST_ID_PATTERN = /^req_[0-9a-f]{14}$/;

/** `missing`: never opened. `gone`: expired or recently closed. */
export type Absent = { outcome: "missing" } | { outcome: "gone" };

/** `paused`: the request was not stored; earlier requests stay. */
export type Receipt = Absent | { outcome: "paused" } | { outcome: "stored"; id: string; rotated: boolean; response: FixedResponse | null };

/** A page holds requests older than `before`, newer than `after` and not earlier than `sinceMs`. */
export type PageQuery = { limit: number; before: string | null; after: string | null; sinceMs: number | null };
export type Page =
  | Absent
  | {
      outcome: "page";
      /** Newest first. */
      requests: StoredRequest[];
      /** The `before` of the next page; null on the last page. */
      next: string | null;
      /** The number of all stored requests, not only of this page. */
      total: number;
      bytes: number;
    };

export type Usage = Absent | { outcome: "used"; requests: number; bytes: number };

export type NextQuery = { after: string | null; waitMs: number };
export type Next =
  | Absent
  | { outcome: "none" }
  /** `missed`: requests between `after` and this one were evicted. */
  | { outcome: "arrived"; request: StoredRequest; missed: boolean };

export type Reading = Absent | { outcome: "found"; request: StoredRequest | null };
export type ReplayTurn = Absent | { outcome: "found"; request: StoredRequest | null; allowance: Allowance & { allowed: boolean } };

/** The RPC methods of an inbox. */
export interface WebhookInboxObject {
  /** Opens the inbox, or changes an open one. `closed`: it was closed before and stays closed. Idempotent. */
  open(opening: Opening): Promise<"open" | "closed">;
  /** Sets limits and lease of an open inbox, e.g. after a claim. Requests beyond the new limits are evicted. */
  adjust(lease: InboxLease): Promise<"open" | "closed">;
  receive(arrival: Arrival): Promise<Receipt>;
  list(query: PageQuery): Promise<Page>;
  /** Waits for the oldest request after `after`, or the oldest of all without it. */
  next(query: NextQuery): Promise<Next>;
  read(id: string): Promise<Reading>;
  usage(): Promise<Usage>;
  /** The request to replay, counted against `REPLAYS_PER_MINUTE`. */
  takeReplay(id: string): Promise<ReplayTurn>;
  /** Deletes everything except the fact that it was closed, which is deleted after a week. Idempotent. */
  close(): Promise<void>;
}

/** What an inbox calls in the Worker. @throws when the Worker cannot answer now */
export interface InboxPlatform {
  inboxRecord(resourceId: string): Promise<InboxRecord>;
}
