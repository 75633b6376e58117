/** Collections and indexes. */
import { z } from "zod";
import type { Right } from "../access/rights.ts";
import { type Answer, type CommandTable, onDatabase, passedOn, type UserCall } from "../command.ts";
import { CommandError } from "../errors.ts";
import { bytesFrom } from "../postgres/store.ts";
import { firstPage } from "./documents.ts";

const BAD_VALUE = 2;
const NAMESPACE_NOT_FOUND = 26;
const ILLEGAL_OPERATION = 20;

const nameSchema = z.string().min(1);
const renameSchema = z.object({ renameCollection: nameSchema, to: nameSchema, dropTarget: z.boolean().optional() });

const right =
  (action: string) =>
  ({ database }: UserCall): Right[] => [{ action, on: database }];

function one(statement: string) {
  return (call: UserCall): Promise<Answer> => onDatabase(call, (store) => bytesFrom(store, statement, [call.database, passedOn(call)]));
}

function collectionOf({ args, name }: UserCall): string {
  const parsed = nameSchema.safeParse(args[name]);
  if (!parsed.success) throw new CommandError(BAD_VALUE, `'${name}' takes the name of a collection`);
  return parsed.data;
}

/** Indexes are built at once: DocumentDB's own way needs a background job that only one database of a cluster can have. */
const CREATE_INDEXES = "select documentdb_api_internal.create_indexes_non_concurrently($1::text, $2::bytea, true)::bytea";

async function drop(call: UserCall): Promise<Answer> {
  const collection = collectionOf(call);
  const statement = "select documentdb_api.drop_collection($1::text, $2::text)";
  const [row] = await onDatabase(call, (store) => store.rows(statement, [call.database, collection]));
  if (row?.[0] !== "t") throw new CommandError(NAMESPACE_NOT_FOUND, "ns not found");
  return { ns: `${call.database}.${collection}` };
}

/** It is a command of `admin` that names whole namespaces. */
function renameRights({ args }: UserCall): Right[] {
  const { from, to } = namespaces(args);
  if (from.database !== to.database) return [from, to].map(({ database }) => ({ action: "renameCollectionAcrossDatabases", on: database }));
  return [{ action: "renameCollectionSameDB", on: from.database }];
}

async function rename(call: UserCall): Promise<Answer> {
  const { from, to, dropTarget } = namespaces(call.args);
  if (from.database !== to.database) throw new CommandError(ILLEGAL_OPERATION, "the stand-in moves no collection to another database");
  await onDatabase({ ...call, database: from.database }, (store) =>
    store.rows("select documentdb_api.rename_collection($1::text, $2::text, $3::text, $4::boolean)", [
      from.database,
      from.collection,
      to.collection,
      String(dropTarget),
    ]),
  );
  return {};
}

function namespaces(args: unknown) {
  const parsed = renameSchema.safeParse(args);
  if (!parsed.success) throw new CommandError(BAD_VALUE, "renameCollection takes two namespaces", { cause: parsed.error });
  const { renameCollection, to, dropTarget = false } = parsed.data;
  return { from: namespace(renameCollection), to: namespace(to), dropTarget };
}

function namespace(text: string): { database: string; collection: string } {
  const dot = text.indexOf(".");
  return { database: dot < 0 ? text : text.slice(0, dot), collection: dot < 0 ? "" : text.slice(dot + 1) };
}

async function collMod(call: UserCall): Promise<Answer> {
  const statement = "select documentdb_api.coll_mod($1::text, $2::text, $3::bytea)::bytea";
  return onDatabase(call, (store) => bytesFrom(store, statement, [call.database, collectionOf(call), passedOn(call)]));
}

async function dropIndexes(call: UserCall): Promise<Answer> {
  const statement = "call documentdb_api.drop_indexes($1::text, $2::bytea::documentdb_core.bson, null)";
  await onDatabase(call, (store) => store.rows(statement, [call.database, passedOn(call)]));
  return {};
}

export const SCHEMA: CommandTable = {
  create: {
    needs: right("createCollection"),
    run: one("select documentdb_api.create_collection_view($1::text, $2::bytea)::bytea"),
  },
  drop: { needs: right("dropCollection"), run: drop },
  collMod: { needs: right("collMod"), run: collMod },
  renameCollection: { needs: renameRights, run: rename },
  createIndexes: { needs: right("createIndex"), run: one(CREATE_INDEXES) },
  dropIndexes: { needs: right("dropIndex"), run: dropIndexes },
  listIndexes: { needs: right("listIndexes"), run: firstPage("list_indexes") },
  listCollections: { needs: right("listCollections"), run: firstPage("list_collections") },
};
