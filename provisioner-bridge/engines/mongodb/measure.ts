/** How much tenants store: the size of their documents and indexes, uncompressed. An empty tenant has no database, and so no size. */
import pLimit from "p-limit";
import { z } from "zod";
import { adminCommand, command, type MongodbServer } from "./server.ts";

/** Each looks at one database's collections. */
const DATABASES_AT_ONCE = 8;

const usersSchema = z.object({ users: z.array(z.object({ user: z.string() })) });
/** Numbers come as doubles, or as 64-bit integers that the driver promotes. */
const statsSchema = z.object({ dataSize: z.number(), indexSize: z.number() });

/**
 * Bytes of the tenants that are there. `dataSize`, not `storageSize`: a file never shrinks, and a tenant that deletes must come
 * below its limit again.
 */
export async function measureTenants(server: MongodbServer, names: readonly string[]): Promise<Map<string, number>> {
  const turns = pLimit(DATABASES_AT_ONCE);
  const { users } = usersSchema.parse(await adminCommand(server, { usersInfo: names.map((name) => ({ user: name, db: name })) }));
  const sizes = await Promise.all(
    users.map(({ user }) =>
      turns(async (): Promise<[string, number]> => {
        const { dataSize, indexSize } = statsSchema.parse(await command(server, user, { dbStats: 1 }));
        return [user, Math.round(dataSize + indexSize)];
      }),
    ),
  );
  return new Map(sizes);
}
