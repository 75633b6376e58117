/** Databases as a whole, and what the server says of itself. */
import { statfs } from "node:fs/promises";
import { z } from "zod";
import { SERVER } from "../access/rights.ts";
import { type Answer, type CommandTable, onDatabase, type UserCall } from "../command.ts";
import { CommandError } from "../errors.ts";
import { bytesFrom, fromBytea } from "../postgres/store.ts";
import { type Parsed, parse } from "../wire/bson.ts";
import { COLLECTIONS, hasCollections, releaseDatabase, SENTINEL } from "./tenancy.ts";

const BAD_VALUE = 2;

const sizesSchema = z.object({ size: z.number(), count: z.number(), storageSize: z.number(), totalIndexSize: z.number() });
const filterSchema = z.object({ name: z.union([z.string(), z.object({ $in: z.array(z.string()) })]) }).optional();
const killSchema = z.object({ killAllSessions: z.array(z.object({ user: z.string(), db: z.string() })) });

/** From the sizes of the collections: DocumentDB's own figures for a whole database are those of files, which never shrink. */
async function dbStats(call: UserCall): Promise<Answer> {
  const { database, world } = call;
  const statement = `select documentdb_api.coll_stats(database_name, collection_name)::bytea from ${COLLECTIONS}
                     where database_name = $1 and collection_name <> '${SENTINEL}' and view_definition is null`;
  // Reading does not create a database.
  const rows = (await world.cluster.hasDatabase(database)) ? await onDatabase(call, (store) => store.rows(statement, [database])) : [];
  const collections = rows.map(([stats]) => sizesSchema.parse(parse(fromBytea(stats ?? null) ?? Buffer.alloc(0))));
  const sum = (field: keyof z.infer<typeof sizesSchema>): number => collections.reduce((total, each) => total + each[field], 0);
  return {
    db: database,
    collections: collections.length,
    objects: sum("count"),
    dataSize: sum("size"),
    storageSize: sum("storageSize"),
    indexSize: sum("totalIndexSize"),
    totalSize: sum("storageSize") + sum("totalIndexSize"),
    scaleFactor: 1,
    ...(await diskOf(world.dataDirectory)),
  };
}

async function diskOf(directory: string | undefined): Promise<Parsed> {
  if (directory === undefined) return {};
  const { bsize, bavail, blocks } = await statfs(directory);
  return { fsUsedSize: (blocks - bavail) * bsize, fsTotalSize: blocks * bsize };
}

async function collStats(call: UserCall): Promise<Answer> {
  const collection = call.args.collStats;
  if (typeof collection !== "string") throw new CommandError(BAD_VALUE, "'collStats' takes the name of a collection");
  const statement = "select documentdb_api.coll_stats($1::text, $2::text)::bytea";
  return onDatabase(call, (store) => bytesFrom(store, statement, [call.database, collection]));
}

/** As in MongoDB: a user who may not list all databases sees those it has rights in. */
async function listDatabases({ world, user, args }: UserCall): Promise<Answer> {
  const isWanted = nameFilter(args.filter);
  const isListed = (name: string): boolean => isWanted(name) && world.catalogue.isAllowed(user, { action: "find", on: name });
  const candidates = (await world.cluster.databases()).filter(({ name }) => isListed(name));
  const databases: Parsed[] = [];
  for (const { name, bytes } of candidates) {
    if (await world.cluster.inside(name, hasCollections))
      databases.push(args.nameOnly === true ? { name } : { name, sizeOnDisk: bytes, empty: false });
  }
  return { databases, ...(args.nameOnly === true ? {} : { totalSize: candidates.reduce((sum, { bytes }) => sum + bytes, 0) }) };
}

function nameFilter(filter: unknown): (name: string) => boolean {
  const parsed = filterSchema.safeParse(filter);
  if (!parsed.success) throw new CommandError(BAD_VALUE, "the stand-in filters databases by name only", { cause: parsed.error });
  if (parsed.data === undefined) return () => true;
  const { name } = parsed.data;
  return (candidate) => (typeof name === "string" ? candidate === name : name.$in.includes(candidate));
}

/** Users stay, as in MongoDB; the database behind goes when there is neither data nor user. */
async function dropDatabase(call: UserCall): Promise<Answer> {
  const { world, database } = call;
  if (!(await world.cluster.hasDatabase(database))) return {};
  const statement = "select documentdb_api.drop_database($1::text)";
  await onDatabase(call, (store) => store.rows(statement, [database]));
  await releaseDatabase(world, database);
  return { dropped: database };
}

function serverStatus({ world }: UserCall): Answer {
  const current = [...world.sessions.all()].length;
  return { connections: { current, available: world.sessions.max - current }, localTime: world.now() };
}

async function killAllSessions({ world, args }: UserCall): Promise<Answer> {
  const parsed = killSchema.safeParse(args);
  if (!parsed.success) throw new CommandError(BAD_VALUE, "killAllSessions takes a list of users", { cause: parsed.error });
  for (const { user: name, db } of parsed.data.killAllSessions) {
    const user = world.catalogue.user({ name, db });
    if (user === undefined) continue;
    world.cursors.forgetAll(user.id);
    await world.cluster.cancel(user);
  }
  return {};
}

/** A connection that asks this runs nothing else. Only an administrator may ask about others. */
const currentOp = (): Answer => ({ inprog: [] });

export const SERVER_COMMANDS: CommandTable = {
  dbStats: { needs: ({ database }) => [{ action: "dbStats", on: database }], run: dbStats },
  collStats: { needs: ({ database }) => [{ action: "collStats", on: database }], run: collStats },
  listDatabases: { needs: "login", run: listDatabases },
  dropDatabase: { needs: ({ database }) => [{ action: "dropDatabase", on: database }], run: dropDatabase },
  serverStatus: { needs: () => [{ action: "serverStatus", on: SERVER }], run: serverStatus },
  killAllSessions: { needs: () => [{ action: "killAnySession", on: SERVER }], run: killAllSessions },
  currentOp: {
    needs: ({ args }) => (args.$ownOps === true || args.$ownOps === 1 ? [] : [{ action: "inprog", on: SERVER }]),
    run: currentOp,
  },
};
