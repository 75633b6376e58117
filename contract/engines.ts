/** The programs on the bridge that serve tenants: one entry an engine, with what both sides must know of it. */
import { z } from "zod";

export type EngineFacts = {
  /** The documented name under which the readiness of its servers is shown. */
  check: string;
  /**
   * Only where a tenant can set `read_only` aside, because it is a default and no refusal: what an agent is told about freeing space,
   * and how many times its limit a tenant may store before it loses access.
   */
  softReadOnly?: { hint: string; hardCeilingTimes: number };
};

const ENTRIES = {
  postgres: {
    check: "customer_db",
    softReadOnly: {
      hint: "Tell the user this database stores far more than its limit, so transactions are read-only by default. To free space: SET default_transaction_read_only = off, delete or truncate, then VACUUM; below 90 % of the limit writes resume automatically.",
      hardCeilingTimes: 5,
    },
  },
  redis: { check: "redis_provision" },
  mongodb: { check: "mongodb" },
  nats: { check: "nats" },
  s3: { check: "object_store" },
} as const satisfies Record<string, EngineFacts>;

export type EngineName = keyof typeof ENTRIES;
export const ENGINES: Readonly<Record<EngineName, EngineFacts>> = ENTRIES;
export const engineSchema = z.enum(Object.keys(ENTRIES) as [EngineName, ...EngineName[]]);
export const ENGINE_NAMES: readonly EngineName[] = engineSchema.options;
