/** How much tenants store: the size of their documents and indexes, uncompressed. An empty tenant has no database, and so no size. */
import pLimit from "p-limit";
import { z } from "zod";
import { adminCommand, ask, command, type MongodbServer } from "./server.ts";

/** Each looks at one database's collections. */
const DATABASES_AT_ONCE = 8;
/** A tenant with so many collections that counting them takes longer is not measured. */
const STATS_TIMEOUT_MS = 5_000;

const usersSchema = z.object({ users: z.array(z.object({ user: z.string() })) });
/** Numbers come as doubles, or as 64-bit integers that the driver promotes. */
const statsSchema = z.object({ dataSize: z.number(), indexSize: z.number() });

/**
 * Bytes of the tenants that are there. `dataSize`, not `storageSize`: a file never shrinks, and a tenant that deletes must come
 * below its limit again. A tenant that cannot be measured is left out with a warning; the others are measured.
 */
export async function measureTenants(server: MongodbServer, names: readonly string[]): Promise<Map<string, number>> {
  const turns = pLimit(DATABASES_AT_ONCE);
  const { users } = usersSchema.parse(await adminCommand(server, { usersInfo: names.map((name) => ({ user: name, db: name })) }));
  const sizes = new Map<string, number>();
  await Promise.all(
    users.map(({ user }) =>
      turns(async () => {
        try {
          sizes.set(user, await sizeOf(server, user));
        } catch (err) {
          server.log.warn({ err, name: user }, "a tenant could not be measured");
        }
      }),
    ),
  );
  // Not one could be measured: perhaps the server does not answer.
  if (users.length > 0 && sizes.size === 0) await ask(server, { ping: 1 });
  return sizes;
}

async function sizeOf(server: MongodbServer, name: string): Promise<number> {
  const { dataSize, indexSize } = statsSchema.parse(await command(server, name, { dbStats: 1, maxTimeMS: STATS_TIMEOUT_MS }));
  return Math.round(dataSize + indexSize);
}
