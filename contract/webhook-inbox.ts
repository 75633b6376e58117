/**
 * Webhook inboxes: what Worker and object agree on. One Durable Object is one inbox; it is named by a keyed hash of the resource's token.
 * Source: PRODUCT "webhook inbox", live-api 2.10. Every bound: docs/limits.md.
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
/** A page ends before the request that would make it larger than this; one request always fits. */
export const PAGE_MAX_BYTES = 4 * MIB;
export const WAIT_DEFAULT_SECONDS = 30;
export const WAIT_MAX_SECONDS = 30;
export const REPLAYS_PER_MINUTE = 10;
/** An object takes 10 GB from its platform: what a tier calls unlimited ends here. */
export const INBOX_CEILING_BYTES = 8 * 1024 * MIB;

/** What an inbox answers instead of `{ok, id}`. Nothing a browser would show as a page, no cookie, no redirect. */
export const FIXED_CONTENT_TYPES = ["text/plain", "application/json", "application/xml"] as const;
export type FixedResponse = { status: number; contentType: (typeof FIXED_CONTENT_TYPES)[number]; body: string };

/** What is kept at most; the oldest goes first. */
export type InboxLimits = { requests: number; bytes: number };

/** What an inbox keeps in one tier. */
export function inboxLimits(tier: Tier, table: Plans = plans): InboxLimits {
  const { webhook_requests_stored: requests, webhook_storage_mb: megabytes } = table.tiers[tier].limits;
  return {
    requests: requests === UNLIMITED ? Number.MAX_SAFE_INTEGER : requests,
    bytes: megabytes === UNLIMITED ? INBOX_CEILING_BYTES : Math.min(megabytes * MIB, INBOX_CEILING_BYTES),
  };
}

/** Whether its team has suspended it, and the generation of the row that says so: of two, the newer one counts. */
export type Pause = { isPaused: boolean; generation: number };
/** What an inbox is granted; `expiresAt` null: until it is closed; `pause` left out: as it is. */
export type InboxLease = { limits: InboxLimits; expiresAt: number | null; pause?: Pause };
export type Opening = InboxLease & { resourceId: string; response: FixedResponse | null };

/** What the platform's row says of an inbox. `unknown`: there is no row, which may also mean that rows were lost. */
export type InboxRecord = ({ state: "kept" } & InboxLease) | { state: "gone" } | { state: "unknown" };

/** A request on its way in: secrets in its headers already redacted, its path without the token. */
export type Arrival = {
  method: string;
  path: string;
  query: string;
  /** Name → values. */
  headers: Record<string, string[]>;
  body: Uint8Array;
};
export type StoredRequest = Arrival & { id: string; receivedAt: number };

/** Sorts as the requests came in; says nothing about how many there were. */
export const REQUEST_ID_PATTERN = /^req_[0-9a-f]{14}$/;

/** `missing`: never opened. `gone`: it expired, or was closed not long ago. */
export type Absent = { outcome: "missing" } | { outcome: "gone" };

/** `paused`: nothing was stored; what was stays. */
export type Receipt = Absent | { outcome: "paused" } | { outcome: "stored"; id: string; rotated: boolean; response: FixedResponse | null };

/** Where a page begins (older than `before`) and ends (newer than `after`, not before `sinceMs`). */
export type PageQuery = { limit: number; before: string | null; after: string | null; sinceMs: number | null };
export type Page =
  | Absent
  | {
      outcome: "page";
      /** Newest first. */
      requests: StoredRequest[];
      /** The `before` of the next page; null when this is the last. */
      next: string | null;
      /** All that is kept, on this page or not. */
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

/** What an inbox offers by RPC. */
export interface WebhookInboxObject {
  /** Opens it, or changes one that is open. `closed`: it was closed before and stays so. Doing it twice is doing it once. */
  open(opening: Opening): Promise<"open" | "closed">;
  /** New limits and lease of an open inbox, as after a claim; what no longer fits is evicted. */
  adjust(lease: InboxLease): Promise<"open" | "closed">;
  receive(arrival: Arrival): Promise<Receipt>;
  list(query: PageQuery): Promise<Page>;
  /** The oldest request after `after` (without it: of all), as soon as there is one. */
  next(query: NextQuery): Promise<Next>;
  read(id: string): Promise<Reading>;
  usage(): Promise<Usage>;
  /** The request to replay, counted against `REPLAYS_PER_MINUTE`. */
  takeReplay(id: string): Promise<ReplayTurn>;
  /** Forgets everything but that it was closed, and that after a week. Doing it twice is doing it once. */
  close(): Promise<void>;
}

/** What an inbox asks of the Worker around it. @throws when it is not to be had now */
export interface InboxPlatform {
  inboxRecord(resourceId: string): Promise<InboxRecord>;
}
