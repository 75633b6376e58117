/** What the tests of this folder share. Where no MongoDB can be had they are left out, and the set-up has said why. */
import { describe, inject } from "vitest";
import type { TenantLimits } from "../../../contract/jobs.ts";
import { startTestMongodb, type TestMongodb, useDatabase } from "../../support/mongodb.ts";
import type { Bench, Subject } from "../suite/subject.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Why there is no MongoDB; empty when there is one. */
    mongodbMissing: string;
  }
}

export const LIMITS: TenantLimits = { connections: 2, storage_mb: 5 };
export type Server = { mongodb: TestMongodb; env: Record<string, string>; dispose(): Promise<void> };
export type MongodbBench = Bench<Server>;

/** @param changes of the server's entry in BRIDGE_MONGODB_SERVERS */
export function mongodbSubject(changes: Record<string, unknown> = {}, options: { alone?: boolean } = {}): Subject<Server> {
  return {
    engine: "mongodb",
    limits: LIMITS,
    async startServer() {
      const mongodb = await startTestMongodb(options);
      console.info(`MongoDB: ${mongodb.kind === "mongod" ? `MongoDB ${mongodb.version}` : "the stand-in (DocumentDB)"}`);
      return { mongodb, env: mongodb.env(changes), dispose: mongodb.dispose };
    },
    use: ({ connection_url }) => useDatabase(connection_url),
    leftovers: ({ mongodb }, names) => leftovers(mongodb, names),
  };
}

/** Users, roles and databases of these names. */
async function leftovers(mongodb: TestMongodb, names: readonly string[]): Promise<unknown[]> {
  if (names.length === 0) return [];
  const { users } = await mongodb.command({ usersInfo: names.map((name) => ({ user: name, db: name })) });
  const { databases } = await mongodb.command({ listDatabases: 1, nameOnly: true, filter: { name: { $in: names } } });
  const roles = await Promise.all(names.map(async (name) => (await mongodb.command({ rolesInfo: 1 }, name)).roles));
  return [...users, ...databases, ...roles.flat()];
}

/** A `describe` that is left out where there is no MongoDB. */
export function describeMongodb(name: string, body: () => void): void {
  describe.skipIf(inject("mongodbMissing") !== "")(name, body);
}
