/** MongoDB: a user for each tenant, in a database of its own that is there once something is written. */
import { MongoClient } from "mongodb";
import { z } from "zod";
import { type EngineSubject, type KindSubject, type Part, textOf } from "./subject.ts";

const TIMEOUT_MS = 5_000;

async function withClient<T>(url: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const bounds = { serverSelectionTimeoutMS: TIMEOUT_MS, connectTimeoutMS: TIMEOUT_MS, socketTimeoutMS: TIMEOUT_MS };
  const client = new MongoClient(url, { ...bounds, maxPoolSize: 1 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

export const mongodbKinds: readonly KindSubject[] = [
  {
    kind: "mongodb",
    use: (credentials) =>
      withClient(textOf(credentials, "connection_url"), async (client) => {
        await client.db().collection("proof").insertOne({ hello: "world" });
      }),
  },
];

const usersSchema = z.object({ users: z.array(z.object({ db: z.string() })) });
const databasesSchema = z.object({ databases: z.array(z.object({ name: z.string() })) });
/** MongoDB's own. */
const NOT_TENANTS = new Set(["admin", "config", "local"]);

export const mongodbEngine: EngineSubject = {
  engine: "mongodb",
  // The database comes with the first document; one without its user is a leftover.
  parts: ["user"],
  inventory: (adminUrl) =>
    withClient(adminUrl, async (client): Promise<Part[]> => {
      const admin = client.db("admin");
      const { users } = usersSchema.parse(await admin.command({ usersInfo: { forAllDBs: true } }));
      const { databases } = databasesSchema.parse(await admin.command({ listDatabases: 1, nameOnly: true }));
      const parts = [...users.map(({ db }) => ({ name: db, part: "user" })), ...databases.map(({ name }) => ({ name, part: "database" }))];
      return parts.filter(({ name }) => !NOT_TENANTS.has(name));
    }),
};
