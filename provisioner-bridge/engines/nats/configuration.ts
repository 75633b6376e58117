/** BRIDGE_NATS_SERVERS. */
import { z } from "zod";
import { diskFreeMinPercentSchema, keySchema, oversubscriptionSchema, serverFields, servers } from "../configuration.ts";

/** How many connections of the bridge may prove tenants at the same time; they are not promised to tenants. */
const READINESS_RESERVE_DEFAULT = 10;
const KEPT_BACK_PERCENT_DEFAULT = 10;

export const natsServerSchema = z.strictObject({
  ...serverFields,
  /** Without it the server is open to every client, and tenants are told so: `auth_mode` is "legacy_open". */
  operator: z
    .strictObject({
      /** The operator's key, or one of its signing keys ("SO…"). */
      seed: z.string(),
      /** The accounts' own keys are derived from it. It must not change while a tenant exists. */
      account_secret: keySchema,
      /** A user of the system account: its JWT, and its seed ("SU…"). */
      system_jwt: z.jwt(),
      system_seed: z.string(),
    })
    .optional(),
  max_accounts: z.number().int().min(1),
  connection_oversubscription: oversubscriptionSchema,
  /** The share of the server's storage (`max_file`) that is kept for tenants whose limit is raised; new tenants cannot use it. */
  storage_kept_back_percent: z.number().min(0).max(99).default(KEPT_BACK_PERCENT_DEFAULT),
  readiness_reserve: z.number().int().min(1).default(READINESS_RESERVE_DEFAULT),
  /** Where the server keeps its streams, if this machine can read it. */
  disk_path: z.string().min(1).optional(),
  disk_free_min_percent: diskFreeMinPercentSchema,
});
export type NatsServerConfig = z.infer<typeof natsServerSchema>;

export const natsVariables = z.object({ BRIDGE_NATS_SERVERS: servers(natsServerSchema) });
