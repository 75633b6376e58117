/** What a tenant may try against everybody else, and which commands may answer it at all. */
import type { Document } from "mongodb";
import type { MongodbKind } from "../../support/mongodb.ts";

/** Where a command is sent to: one's own database, the neighbour's, or the server's. */
export type Where = "own" | "neighbour" | "admin" | "local" | "config";
export type Names = { own: string; neighbour: string };
export type Attempt = { what: string; where: Where; command: (names: Names) => Document };

/** Unauthorized; and what is no command there, or not there in a server that stands alone. */
export const REFUSED = ["13", "59", "76", "115"];

const attempt = (what: string, where: Where, command: Attempt["command"]): Attempt => ({ what, where, command });
const pipeline = (where: Where, what: string, stages: (names: Names) => Document[], collection: string | 1 = "items"): Attempt =>
  attempt(`a pipeline with ${what}`, where, (names) => ({ aggregate: collection, pipeline: stages(names), cursor: {} }));

/** Well-formed, so that nothing but missing rights stands in their way. */
export const FORBIDDEN: readonly Attempt[] = [
  ...neighboursDocuments(),
  ...usersAndRoles(),
  ...theServer(),
  pipeline("own", "$out into the neighbour's database", ({ neighbour }) => [{ $out: { db: neighbour, coll: "taken" } }]),
  pipeline("own", "$merge into the neighbour's database", ({ neighbour }) => [{ $merge: { into: { db: neighbour, coll: "items" } } }]),
  pipeline("own", "$merge into admin", () => [{ $merge: { into: { db: "admin", coll: "system.users" } } }]),
  pipeline("own", "$out inside a $facet", ({ neighbour }) => [{ $facet: { a: [{ $out: { db: neighbour, coll: "taken" } }] } }]),
  pipeline("admin", "$currentOp of everybody", () => [{ $currentOp: { allUsers: true, idleConnections: true } }], 1),
  pipeline("admin", "$listLocalSessions of everybody", () => [{ $listLocalSessions: { allUsers: true } }], 1),
  pipeline("neighbour", "$collStats", () => [{ $collStats: { storageStats: {} } }]),
  pipeline("neighbour", "$indexStats", () => [{ $indexStats: {} }]),
];

function neighboursDocuments(): Attempt[] {
  const there = (what: string, command: Attempt["command"]) => attempt(`${what} in the neighbour's database`, "neighbour", command);
  return [
    there("find", () => ({ find: "items" })),
    there("insert", () => ({ insert: "items", documents: [{ mine: true }] })),
    there("insert into a new collection", () => ({ insert: "fresh", documents: [{ mine: true }] })),
    there("update", () => ({ update: "items", updates: [{ q: {}, u: { $set: { mine: true } }, multi: true }] })),
    there("delete", () => ({ delete: "items", deletes: [{ q: {}, limit: 0 }] })),
    there("findAndModify", () => ({ findAndModify: "items", query: {}, update: { $set: { mine: true } } })),
    there("count", () => ({ count: "items" })),
    there("distinct", () => ({ distinct: "items", key: "secret" })),
    there("aggregate", () => ({ aggregate: "items", pipeline: [], cursor: {} })),
    there("getMore of a cursor that is none", () => ({ getMore: 4711n, collection: "items" })),
    there("listCollections", () => ({ listCollections: 1 })),
    there("listIndexes", () => ({ listIndexes: "items" })),
    there("create", () => ({ create: "fresh" })),
    there("drop", () => ({ drop: "items" })),
    there("collMod", () => ({ collMod: "items", validator: {} })),
    there("createIndexes", () => ({ createIndexes: "items", indexes: [{ key: { secret: 1 }, name: "secret_1" }] })),
    there("dropIndexes", () => ({ dropIndexes: "items", index: "*" })),
    there("dropDatabase", () => ({ dropDatabase: 1 })),
    there("dbStats", () => ({ dbStats: 1 })),
    there("collStats", () => ({ collStats: "items" })),
    there("validate", () => ({ validate: "items" })),
    there("compact", () => ({ compact: "items" })),
    there("profile", () => ({ profile: 2 })),
    attempt("moving the neighbour's collection here", "admin", ({ own, neighbour }) => ({
      renameCollection: `${neighbour}.items`,
      to: `${own}.taken`,
    })),
    attempt("moving one's own collection there", "admin", ({ own, neighbour }) => ({
      renameCollection: `${own}.items`,
      to: `${neighbour}.given`,
    })),
    ...(["admin", "local", "config"] as const).flatMap((where) => [
      attempt(`listCollections in ${where}`, where, () => ({ listCollections: 1 })),
      attempt(`find in ${where}`, where, () => ({ find: "system.users" })),
      attempt(`insert in ${where}`, where, () => ({ insert: "fresh", documents: [{}] })),
    ]),
  ];
}

function usersAndRoles(): Attempt[] {
  const onNeighbour = (name: string, more: Document = {}) =>
    attempt(`${name} of the neighbour`, "neighbour", ({ neighbour }) => ({ [name]: neighbour, ...more }));
  const onSelf = (name: string, more: (names: Names) => Document) =>
    attempt(`${name} of oneself`, "own", (names) => ({ [name]: names.own, ...more(names) }));
  return [
    onNeighbour("updateUser", { pwd: "guessed" }),
    onNeighbour("dropUser"),
    onNeighbour("usersInfo"),
    onNeighbour("grantRolesToUser", { roles: ["read"] }),
    attempt("usersInfo of everybody", "admin", () => ({ usersInfo: { forAllDBs: true } })),
    attempt("usersInfo of the neighbour's database", "neighbour", () => ({ usersInfo: 1 })),
    attempt("rolesInfo with privileges", "neighbour", () => ({ rolesInfo: 1, showPrivileges: true })),
    attempt("a user in the neighbour's database", "neighbour", () => ({ createUser: "second", pwd: "secret", roles: [] })),
    attempt("a user in one's own database", "own", () => ({ createUser: "second", pwd: "secret", roles: [] })),
    attempt("a user of admin", "admin", () => ({ createUser: "second", pwd: "secret", roles: ["root"] })),
    attempt("a role in one's own database", "own", () => ({ createRole: "more", privileges: [], roles: [] })),
    attempt("dropping all users of the neighbour", "neighbour", () => ({ dropAllUsersFromDatabase: 1 })),
    attempt("dropping all roles of the neighbour", "neighbour", () => ({ dropAllRolesFromDatabase: 1 })),
    onSelf("updateUser", ({ neighbour }) => ({ roles: [{ role: "readWrite", db: neighbour }] })),
    onSelf("updateUser", () => ({ roles: [{ role: "root", db: "admin" }] })),
    onSelf("updateUser", () => ({ customData: { connections: 99 } })),
    onSelf("updateUser", () => ({ pwd: "another" })),
    onSelf("grantRolesToUser", () => ({ roles: [{ role: "root", db: "admin" }] })),
    onSelf("dropUser", () => ({})),
    attempt("dropping one's own database", "own", () => ({ dropDatabase: 1 })),
  ];
}

function theServer(): Attempt[] {
  const commands: readonly Document[] = [
    { serverStatus: 1 },
    { currentOp: 1 },
    { killOp: 1, op: 1 },
    { killAllSessions: [] },
    { killAllSessionsByPattern: [] },
    { getLog: "global" },
    { getCmdLineOpts: 1 },
    { getParameter: "*" },
    { setParameter: 1, logLevel: 1 },
    { hostInfo: 1 },
    { top: 1 },
    { connPoolStats: 1 },
    { lockInfo: 1 },
    { fsync: 1 },
    { shutdown: 1 },
    { logRotate: 1 },
    { replSetGetStatus: 1 },
    { replSetGetConfig: 1 },
    { serverCmdLineOpts: 1 },
    { setFeatureCompatibilityVersion: "7.0", confirm: true },
    { invalidateUserCache: 1 },
    { rotateCertificates: 1 },
    { dropConnections: 1, hostAndPort: [] },
    { applyOps: [] },
    { eval: "function () { return 1 }" },
    { setUserWriteBlockMode: 1, global: true },
    { validateDBMetadata: 1, apiParameters: { version: "1" } },
  ];
  return commands.map((command) => attempt(`${Object.keys(command)[0]} of the server`, "admin", () => command));
}

/**
 * Every command that may answer a tenant who aims it at somebody else's database or at the server, because its answer says nothing of
 * anybody else. A command that is not here must be refused. The stand-in's list is exact; MongoDB's is what versions 6 to 8 may do.
 */
export const HARMLESS: Readonly<Record<MongodbKind, readonly string[]>> = {
  "stand-in": [
    "buildInfo",
    "buildinfo",
    "connectionStatus",
    "endSessions",
    "hello",
    "isMaster",
    "ismaster",
    "listCommands",
    "listDatabases",
    "logout",
    "ping",
    "whatsmyuri",
  ],
  mongod: [
    "availableQueryOptions",
    "buildInfo",
    "buildinfo",
    "connectionStatus",
    "endSessions",
    "features",
    "getDiagnosticData",
    "hello",
    "isMaster",
    "isSelf",
    "ismaster",
    "killSessions",
    "listCommands",
    "listDatabases",
    "logout",
    "ping",
    "refreshSessions",
    "startSession",
    "whatsmyip",
    "whatsmysni",
    "whatsmyuri",
  ],
};
