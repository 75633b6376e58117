/** What a user has in PostgreSQL, from the first user of a database to the end of the database. */
import { connectionLimitOf, type User } from "../access/user.ts";
import type { World } from "../command.ts";
import type { Store } from "../postgres/store.ts";

/** Where DocumentDB lists all collections of a PostgreSQL database. */
export const COLLECTIONS = "documentdb_api_catalog.collections";
/** One of DocumentDB's own, which it lists too. */
export const SENTINEL = "system.dbSentinel";

/** Makes the database and the role with its rights. Idempotent: also completes what a crash left unfinished. */
export async function ensureTenancy({ cluster }: World, user: User, verifier: string | undefined): Promise<void> {
  await cluster.ensureDatabase(user.db);
  await cluster.ensureRole(user, { verifier, connections: connectionLimitOf(user) });
}

/** Ends the user's sessions and its role. The catalogue's row is deleted last, so that a drop can be repeated. */
export async function endTenancy(world: World, user: User): Promise<void> {
  world.cursors.forgetAll(user.id);
  await world.cluster.dropRole(user);
  await world.catalogue.forgetUser(user);
  await releaseDatabase(world, user.db);
}

/** Drops the database in PostgreSQL when it has no user and no collection. */
export async function releaseDatabase({ catalogue, cluster }: World, database: string): Promise<void> {
  if (catalogue.users().some(({ db }) => db === database)) return;
  if (!(await cluster.hasDatabase(database))) return;
  if (!(await cluster.inside(database, hasCollections))) await cluster.dropDatabase(database);
}

/** For MongoDB, a database without collections does not exist. */
export async function hasCollections(store: Store): Promise<boolean> {
  return (await store.rows(`select 1 from ${COLLECTIONS} where collection_name <> '${SENTINEL}' limit 1`, [])).length > 0;
}
