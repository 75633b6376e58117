/**
 * What callers can own: one entry a kind, with everything both sides must know of it. A new kind begins here.
 * Numbers come from plans.yaml only; -1 is unlimited. Source: live-api 1.1 and 2.2, PRODUCT "response".
 */
import { z } from "zod";
import type { ErrorCode } from "./errors.ts";
import type { TenantLimits } from "./jobs.ts";
import type { EngineName, ResourceKind } from "./names.ts";
import { type Limits, type Plans, plans, type Tier, UNLIMITED } from "./plans.ts";

export type KindEntry = {
  /** Which engine's tenant it is; null for what lives in a Durable Object. */
  engine: EngineName | null;
  /** Where it is made. */
  path: `/${string}/new`;
  /** The `limits` of its answer. */
  answerLimits: (limits: Limits) => Record<string, number>;
  /** What its engine enforces for it. */
  tenantLimits: (limits: Limits) => TenantLimits;
  /** What the next create is refused with while one of its owner is over its size; `quota_exceeded` unless it has a name of its own. */
  overSize?: ErrorCode;
  /** Whoever has the token alone may write: put objects, post requests. */
  tokenWrites?: true;
  /** What the answer holds of a grant: its two URLs and its details, all in one. */
  credentials: z.ZodType<Record<string, unknown>>;
  /** What everybody who gets one should know before they build on it; ends the answer's `note`. */
  note?: string;
  /** What the answer holds beside them: addresses at our own API. */
  links?: (resource: { publicUrl: string; token: string; credentials: Record<string, unknown> }) => Record<string, unknown>;
};

const urls = { connection_url: z.string(), internal_url: z.string() };

const queueCredentialsSchema = z.object({
  auth_mode: z.literal("isolated"),
  nats_jwt: z.string(),
  nats_nkey: z.string(),
  creds_file: z.string(),
  key_id: z.string(),
});

export const STORAGE_MODES = ["broker", "shared-master-key", "prefix-scoped", "prefix-scoped-temporary"] as const;

/** What the answer says beside the credentials. Source: documentation "Storage isolation mode"; live-api 2.2 and 5.9. */
function storageLinks(token: string, mode: unknown): Record<string, unknown> {
  if (mode === "prefix-scoped-temporary") return { refresh_url: `/storage/${token}/credentials` };
  if (mode !== "broker") return {};
  return {
    presign_url: `/storage/${token}/presign`,
    agent_action: "use_presign_endpoint",
    broker_reason: "This object store has no keys that open one prefix only, so none are handed out.",
    note_isolation: "Each signed URL opens one object under your prefix, for at most an hour. Nobody holds a key to the bucket.",
  };
}

export const KINDS: Record<ResourceKind, KindEntry> = {
  postgres: {
    engine: "postgres",
    path: "/db/new",
    answerLimits: (limits) => ({ storage_mb: limits.postgres_storage_mb, connections: limits.postgres_connections }),
    tenantLimits: (limits) => ({ storage_mb: limits.postgres_storage_mb, connections: limits.postgres_connections }),
    credentials: z.object(urls),
  },
  vector: {
    engine: "postgres",
    path: "/vector/new",
    answerLimits: (limits) => ({ storage_mb: limits.vector_storage_mb, connections: limits.vector_connections }),
    tenantLimits: (limits) => ({ storage_mb: limits.vector_storage_mb, connections: limits.vector_connections }),
    credentials: z.object(urls),
  },
  redis: {
    engine: "redis",
    path: "/cache/new",
    answerLimits: (limits) => ({ memory_mb: limits.redis_memory_mb }),
    tenantLimits: (limits) => ({ storage_mb: limits.redis_memory_mb, connections: UNLIMITED }),
    credentials: z.object({ ...urls, key_prefix: z.string() }),
    note: "The server is shared: keys begin with key_prefix, and Lua scripts (EVAL) are refused, so libraries that need them, such as BullMQ, do not work.",
  },
  mongodb: {
    engine: "mongodb",
    path: "/nosql/new",
    answerLimits: (limits) => ({ storage_mb: limits.mongodb_storage_mb, connections: limits.mongodb_connections }),
    tenantLimits: (limits) => ({ storage_mb: limits.mongodb_storage_mb, connections: limits.mongodb_connections }),
    credentials: z.object(urls),
  },
  queue: {
    engine: "nats",
    path: "/queue/new",
    answerLimits: (limits) => ({ storage_mb: limits.queue_storage_mb }),
    tenantLimits: (limits) => ({
      storage_mb: limits.queue_storage_mb,
      connections: limits.queue_connections,
      streams: limits.queue_streams,
    }),
    credentials: z.object({
      ...urls,
      subject_prefix: z.string(),
      auth_mode: z.enum(["isolated", "legacy_open"]),
      // Not there at all without an operator key: no null, no empty object.
      credentials: queueCredentialsSchema.optional(),
    }),
  },
  storage: {
    engine: "s3",
    path: "/storage/new",
    answerLimits: (limits) => ({ storage_mb: limits.storage_storage_mb }),
    tenantLimits: (limits) => ({ storage_mb: limits.storage_storage_mb, connections: UNLIMITED }),
    overSize: "storage_limit_reached",
    tokenWrites: true,
    credentials: z.object({
      connection_url: z.string(),
      endpoint: z.string(),
      prefix: z.string(),
      mode: z.enum(STORAGE_MODES),
      // Not there in broker mode: its tenants hold no keys.
      bucket: z.string().optional(),
      region: z.string().optional(),
      access_key_id: z.string().optional(),
      secret_access_key: z.string().optional(),
      session_token: z.string().optional(),
      credentials_expire_at: z.iso.datetime().optional(),
    }),
    links: ({ token, credentials }) => storageLinks(token, credentials.mode),
  },
  webhook: {
    engine: null,
    path: "/webhook/new",
    answerLimits: (limits) => ({ requests_stored: limits.webhook_requests_stored }),
    tenantLimits: (limits) => ({ storage_mb: limits.webhook_storage_mb, connections: UNLIMITED }),
    tokenWrites: true,
    credentials: z.object({}),
    links: ({ publicUrl, token }) => ({ receive_url: `${publicUrl}/webhook/receive/${token}` }),
  },
};

/** The `limits` of one kind's answer in one tier; `expires_in` ("24h") only where resources expire. */
export function answerLimits(kind: ResourceKind, tier: Tier, table: Plans = plans): Record<string, number | string> {
  const { limits, lifetime_hours } = table.tiers[tier];
  return { ...KINDS[kind].answerLimits(limits), ...(lifetime_hours === UNLIMITED ? {} : { expires_in: `${lifetime_hours}h` }) };
}

/** What the engine of one kind enforces in one tier. */
export function tenantLimits(kind: ResourceKind, tier: Tier, table: Plans = plans): TenantLimits {
  return KINDS[kind].tenantLimits(table.tiers[tier].limits);
}

const MIB_BYTES = 1_048_576;

/** How many bytes one resource may store, above an empty one's own; -1 without a limit. */
export function storageLimitBytes(kind: ResourceKind, tier: Tier, table: Plans = plans): number {
  const { storage_mb } = tenantLimits(kind, tier, table);
  return storage_mb === UNLIMITED ? UNLIMITED : storage_mb * MIB_BYTES;
}
