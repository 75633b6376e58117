/** BRIDGE_MONGODB_SERVERS. */
import { z } from "zod";
import { connectionFields, diskFreeMinPercentSchema, oversubscriptionSchema, serverFields, servers } from "../configuration.ts";

/** What tenants' URLs need beside the address, e.g. `{"tls":"true"}` or `{"replicaSet":"rs0"}`. */
const urlOptionsSchema = z.record(z.string().regex(/^[A-Za-z]+$/), z.string().min(1));

/** All users of a server are listed in one answer, which is at most 16 MB. */
const DATABASES_MAX = 20_000;

export const mongodbServerSchema = z.strictObject({
  ...serverFields,
  /** The URL of a user with the role `root`. Not parsed as a URL: it may name several hosts. */
  admin_url: z.string().regex(/^mongodb(\+srv)?:\/\/\S+$/),
  url_options: urlOptionsSchema.default({}),
  max_databases: z.number().int().min(1).max(DATABASES_MAX),
  connection_oversubscription: oversubscriptionSchema,
  ...connectionFields,
  /** Of the disk whose size the server reports. */
  disk_free_min_percent: diskFreeMinPercentSchema,
});
export type MongodbServerConfig = z.infer<typeof mongodbServerSchema>;

export const mongodbVariables = z.object({ BRIDGE_MONGODB_SERVERS: servers(mongodbServerSchema) });
