/** BRIDGE_REDIS_SERVERS. */
import { z } from "zod";
import { serverFields, servers } from "../configuration.ts";

/** How often each MiB of `maxmemory` may be promised, unless the server's entry says otherwise. */
const MEMORY_OVERSUBSCRIPTION_DEFAULT = 1;

export const redisServerSchema = z.strictObject({
  ...serverFields,
  /** An administrator's URL: a user with all permissions, other than `default`. */
  admin_url: z.url({ protocol: /^rediss?$/ }),
  /** Tenants connect with TLS: their URLs begin with `rediss`. */
  tls: z.boolean().default(false),
  max_tenants: z.number().int().min(1),
  /** Tenants rarely fill what their tier allows them. */
  memory_oversubscription: z.number().min(1).default(MEMORY_OVERSUBSCRIPTION_DEFAULT),
});
export type RedisServerConfig = z.infer<typeof redisServerSchema>;

export const redisVariables = z.object({ BRIDGE_REDIS_SERVERS: servers(redisServerSchema) });
