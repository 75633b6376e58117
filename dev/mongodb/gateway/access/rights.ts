/** Rights: MongoDB's actions on one database, or on the server. Source: MongoDB's manual, "Built-In Roles" and "Privilege Actions". */

/** What is done to the server as a whole. */
export const SERVER = Symbol("server");
export type Right = { action: string; on: string | typeof SERVER };
export type RoleName = { role: string; db: string };
export type Privilege = { db: string; actions: readonly string[] };

const READ = ["find", "listCollections", "listIndexes", "collStats", "dbStats", "dbHash", "killCursors"];
const READ_WRITE = [
  ...READ,
  "insert",
  "update",
  "remove",
  "createCollection",
  "dropCollection",
  "createIndex",
  "dropIndex",
  "renameCollectionSameDB",
  "convertToCapped",
];

/** What a role of MongoDB's own allows in its database; undefined for one this stand-in does not know. */
export function builtInActions(role: string): readonly string[] | undefined {
  if (role === "read") return READ;
  if (role === "readWrite") return READ_WRITE;
  return undefined;
}

/** May do everything, everywhere. */
export const ROOT: RoleName = { role: "root", db: "admin" };

export function isRoot(roles: readonly RoleName[]): boolean {
  return roles.some(({ role, db }) => role === ROOT.role && db === ROOT.db);
}

export function allows(privileges: readonly Privilege[], { action, on }: Right): boolean {
  return privileges.some(({ db, actions }) => db === on && actions.includes(action));
}
