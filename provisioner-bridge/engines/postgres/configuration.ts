/** BRIDGE_POSTGRES_SERVERS. */
import { z } from "zod";
import { connectionFields, diskFreeMinPercentSchema, oversubscriptionSchema, serverFields, servers } from "../configuration.ts";

export const postgresServerSchema = z.strictObject({
  ...serverFields,
  /** A superuser's URL. Locks are taken in its database: it must be the same for every bridge that uses the server. */
  admin_url: z.url({ protocol: /^postgres(ql)?$/ }),
  sslmode: z.enum(["disable", "require", "verify-full"]).optional(),
  max_databases: z.number().int().min(1),
  connection_oversubscription: oversubscriptionSchema,
  ...connectionFields,
  /** How CREATE DATABASE copies the template; the server's default (WAL_LOG) when absent. */
  strategy: z.enum(["WAL_LOG", "FILE_COPY"]).optional(),
  /** Where the server keeps its data, if this machine can read it. */
  disk_path: z.string().min(1).optional(),
  disk_free_min_percent: diskFreeMinPercentSchema,
});
export type PostgresServerConfig = z.infer<typeof postgresServerSchema>;

export const postgresVariables = z.object({ BRIDGE_POSTGRES_SERVERS: servers(postgresServerSchema) });
