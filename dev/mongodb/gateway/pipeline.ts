/** Which rights a pipeline needs beside reading its own collection: stages can write, and can name other databases. */
import type { Right } from "./access/rights.ts";
import { CommandError } from "./errors.ts";
import type { Parsed } from "./wire/bson.ts";

const UNAUTHORIZED = 13;
/** These stages reveal the server, its other users, or what others write. */
const REFUSED_STAGES = new Set([
  "$changeStream",
  "$currentOp",
  "$listCachedAndActiveUsers",
  "$listCatalog",
  "$listClusterCatalog",
  "$listLocalSessions",
  "$listMqlEntities",
  "$listSessions",
  "$planCacheStats",
  "$querySettings",
  "$queryStats",
  "$shardedDataDistribution",
]);
const DEPTH_MAX = 200;

/** @param database the one the command runs on @throws CommandError for a stage that only an administrator may use */
export function rightsOfPipeline(pipeline: unknown, database: string): Right[] {
  return asArray(pipeline).flatMap((stage) => rightsWithin(stage, database, 0));
}

function rightsWithin(value: unknown, database: string, depth: number): Right[] {
  if (depth > DEPTH_MAX) throw new CommandError(UNAUTHORIZED, "the pipeline is too deep to be looked through");
  if (Array.isArray(value)) return value.flatMap((item) => rightsWithin(item, database, depth + 1));
  if (!isPlain(value)) return [];
  return Object.entries(value).flatMap(([name, content]) => {
    if (REFUSED_STAGES.has(name)) throw new CommandError(UNAUTHORIZED, `not authorized on ${database} to execute a pipeline with ${name}`);
    return [...rightsOfStage(name, content, database), ...rightsWithin(content, database, depth + 1)];
  });
}

function rightsOfStage(name: string, content: unknown, database: string): Right[] {
  switch (name) {
    case "$out":
      return ["insert", "remove"].map((action) => ({ action, on: databaseIn(content, "db") ?? database }));
    case "$merge": {
      const target = databaseIn(isPlain(content) ? content.into : undefined, "db") ?? database;
      return ["insert", "update"].map((action) => ({ action, on: target }));
    }
    case "$lookup":
    case "$graphLookup":
      return [{ action: "find", on: databaseIn(isPlain(content) ? content.from : undefined, "db") ?? database }];
    case "$unionWith":
      return [{ action: "find", on: databaseIn(content, "db") ?? database }];
    default:
      return [];
  }
}

function databaseIn(value: unknown, field: string): string | undefined {
  const named = isPlain(value) ? value[field] : undefined;
  return typeof named === "string" ? named : undefined;
}

function isPlain(value: unknown): value is Parsed {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("_bsontype" in value);
}

const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
