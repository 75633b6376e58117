/** From the first user of a database to its end: what a user has in PostgreSQL. */
import { connectionLimitOf, type User } from "../access/user.ts";
import type { World } from "../command.ts";
import type { Store } from "../postgres/store.ts";

/** Where DocumentDB lists all collections of a PostgreSQL database. */
export const COLLECTIONS = "documentdb_api_catalog.collections";
/** One of DocumentDB's own, which it lists too. */
export const SENTINEL = "system.dbSentinel";

/** Makes sure of the database and of the role with its rights. Again: it finishes what a crash left half-done. */
export async function ensureTenancy({ cluster }: World, user: User, verifier: string | undefined): Promise<void> {
  await cluster.ensureDatabase(user.db);
  await cluster.ensureRole(user, { verifier, connections: connectionLimitOf(user) });
}

/** Ends the user's sessions with its role. The catalogue's row goes last: as long as it is there, a drop can be sent again. */
export async function endTenancy(world: World, user: User): Promise<void> {
  world.cursors.forgetAll(user.id);
  await world.cluster.dropRole(user);
  await world.catalogue.forgetUser(user);
  await releaseDatabase(world, user.db);
}

/** Drops the database behind when nobody needs it any more: it has no user and no collection. */
export async function releaseDatabase({ catalogue, cluster }: World, database: string): Promise<void> {
  if (catalogue.users().some(({ db }) => db === database)) return;
  if (!(await cluster.hasDatabase(database))) return;
  if (!(await cluster.inside(database, hasCollections))) await cluster.dropDatabase(database);
}

/** In a database with none, MongoDB says, there is no database. */
export async function hasCollections(store: Store): Promise<boolean> {
  return (await store.rows(`select 1 from ${COLLECTIONS} where collection_name <> '${SENTINEL}' limit 1`, [])).length > 0;
}
