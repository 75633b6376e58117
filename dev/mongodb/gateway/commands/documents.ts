/** Reading and writing documents: handed to DocumentDB, which answers with the very document that goes out. */
import { Long } from "bson";
import type { Right } from "../access/rights.ts";
import { type Answer, type CommandTable, onDatabase, passedOn, type UserCall } from "../command.ts";
import { CommandError } from "../errors.ts";
import { rightsOfPipeline } from "../pipeline.ts";
import { mongoCodeOf, unpackSqlState } from "../postgres/errors.ts";
import { bytesFrom, fromBytea } from "../postgres/store.ts";
import { embedded, int64Field, type Parsed, parse } from "../wire/bson.ts";
import { documentsOf } from "../wire/message.ts";

const CURSOR_NOT_FOUND = 43;
const ILLEGAL_OPERATION = 20;

const rights =
  (...actions: string[]) =>
  ({ database }: UserCall): Right[] =>
    actions.map((action) => ({ action, on: database }));

/** An upsert needs the right to insert, too. */
function updateRights(call: UserCall): Right[] {
  const statements = [...asDocuments(call.args.updates), ...(call.sequence === undefined ? [] : documentsOf(call.sequence).map(parse))];
  return rights("update", ...(statements.some(({ upsert }) => upsert === true) ? ["insert"] : []))(call);
}

function findAndModifyRights(call: UserCall): Right[] {
  const { remove, upsert } = call.args;
  return rights("find", remove === true ? "remove" : "update", ...(upsert === true ? ["insert"] : []))(call);
}

const aggregateRights = (call: UserCall): Right[] => [...rights("find")(call), ...rightsOfPipeline(call.args.pipeline, call.database)];

type WriteFunction = "insert" | "update" | "delete";

function write(called: WriteFunction) {
  return async (call: UserCall): Promise<Answer> => {
    refuseTransaction(call);
    const values = [call.database, passedOn(call), call.sequence?.documents ?? null];
    const statement = `select p_result::bytea from documentdb_api.${called}($1::text, $2::bytea, $3::bytea)`;
    return withMongoCodes(await onDatabase(call, (store) => bytesFrom(store, statement, values)));
  };
}

/** In an answer that lists failed writes, DocumentDB's codes are PostgreSQL's. */
function withMongoCodes(answer: Buffer): Answer {
  if (embedded(answer, "writeErrors") === undefined) return answer;
  const parsed = parse(answer);
  const writeErrors = asDocuments(parsed.writeErrors).map((error) => {
    const sqlState = typeof error.code === "number" ? unpackSqlState(error.code) : undefined;
    return sqlState === undefined ? error : { ...error, code: mongoCodeOf(sqlState) };
  });
  return { ...parsed, writeErrors };
}

function one(statement: string) {
  return (call: UserCall): Promise<Answer> => {
    refuseTransaction(call);
    return onDatabase(call, (store) => bytesFrom(store, statement, [call.database, passedOn(call)]));
  };
}

type FirstPage = "find" | "aggregate" | "list_collections" | "list_indexes";

export function firstPage(called: FirstPage) {
  return async (call: UserCall): Promise<Answer> => {
    refuseTransaction(call);
    const statement = `select cursorpage::bytea, continuation::bytea from documentdb_api.${called}_cursor_first_page($1::text, $2::bytea)`;
    return page(call, statement, [call.database, passedOn(call)]);
  };
}

async function getMore(call: UserCall): Promise<Answer> {
  const cursor = int64Field(call.raw, "getMore") ?? 0n;
  const continuation = call.world.cursors.find(call.user.id, cursor);
  if (continuation === undefined) throw new CommandError(CURSOR_NOT_FOUND, `cursor id ${cursor} not found`);
  const statement = "select cursorpage::bytea, continuation::bytea from documentdb_api.cursor_get_more($1::text, $2::bytea, $3::bytea)";
  const answer = await page(call, statement, [call.database, passedOn(call), continuation]);
  if (cursorOf(answer) === 0n) call.world.cursors.forget(call.user.id, cursor);
  return answer;
}

/** A page of a cursor; what comes after it is kept. */
async function page(call: UserCall, statement: string, values: (string | Buffer)[]): Promise<Buffer> {
  const [row] = await onDatabase(call, (store) => store.rows(statement, values));
  const answer = fromBytea(row?.[0] ?? null) ?? Buffer.alloc(0);
  const continuation = fromBytea(row?.[1] ?? null);
  const cursor = cursorOf(answer);
  if (continuation !== undefined && cursor !== 0n) call.world.cursors.keep(call.user.id, cursor, continuation);
  return answer;
}

/** Parses only the head of an answer: a page may hold 16 MB. */
function cursorOf(answer: Buffer): bigint {
  const cursor = embedded(answer, "cursor");
  return (cursor === undefined ? undefined : int64Field(cursor, "id")) ?? 0n;
}

function killCursors({ world, user, args }: UserCall): Answer {
  const asked = (Array.isArray(args.cursors) ? args.cursors : []).map((id) => (Long.isLong(id) ? id : Long.fromNumber(Number(id))));
  const isKilled = (id: Long): boolean => world.cursors.forget(user.id, id.toBigInt());
  const cursorsKilled = asked.filter(isKilled);
  return { cursorsKilled, cursorsNotFound: asked.filter((id) => !cursorsKilled.includes(id)), cursorsAlive: [], cursorsUnknown: [] };
}

/** A standalone MongoDB has none either. */
function refuseTransaction({ args }: UserCall): void {
  if (args.txnNumber !== undefined || args.startTransaction !== undefined || args.autocommit !== undefined)
    throw new CommandError(ILLEGAL_OPERATION, "Transaction numbers are only allowed on a replica set member or mongos");
}

function asDocuments(value: unknown): Parsed[] {
  return Array.isArray(value) ? value.filter((item): item is Parsed => typeof item === "object" && item !== null) : [];
}

const FIND_AND_MODIFY = {
  needs: findAndModifyRights,
  run: one("select p_result::bytea from documentdb_api.find_and_modify($1::text, $2::bytea)"),
};

export const DOCUMENTS: CommandTable = {
  insert: { needs: rights("insert"), run: write("insert") },
  update: { needs: updateRights, run: write("update") },
  delete: { needs: rights("remove"), run: write("delete") },
  findAndModify: FIND_AND_MODIFY,
  findandmodify: FIND_AND_MODIFY,
  count: { needs: rights("find"), run: one("select document::bytea from documentdb_api.count_query($1::text, $2::bytea)") },
  distinct: { needs: rights("find"), run: one("select document::bytea from documentdb_api.distinct_query($1::text, $2::bytea)") },
  find: { needs: rights("find"), run: firstPage("find") },
  aggregate: { needs: aggregateRights, run: firstPage("aggregate") },
  getMore: { needs: rights("find"), run: getMore },
  killCursors: { needs: rights("killCursors"), run: killCursors },
};
