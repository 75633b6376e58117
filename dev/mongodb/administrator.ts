/** The user with which the bridge manages a local MongoDB. */
import { MongoClient, MongoServerError } from "mongodb";
import { HOST } from "../ports.ts";

export const ADMINISTRATOR = "root";
const AUTHENTICATION_FAILED = 18;
const TIMEOUT_MS = 3_000;

export function administratorUrl(port: number, password: string): string {
  return `mongodb://${ADMINISTRATOR}:${password}@${HOST}:${port}/?authSource=admin`;
}

/** Throws unless the server answers and lets the administrator in. */
export async function answersMongodb(url: string): Promise<void> {
  await withMongo(url, (client) => client.db("admin").command({ serverStatus: 1 }));
}

/** The same, for a mongod that may be new: one without any user lets a local client make the first. */
export async function answersWithAdministrator(port: number, password: string): Promise<void> {
  try {
    await answersMongodb(administratorUrl(port, password));
  } catch (cause) {
    if (!(cause instanceof MongoServerError && cause.code === AUTHENTICATION_FAILED)) throw cause;
    await withMongo(`mongodb://${HOST}:${port}/?directConnection=true`, (client) =>
      client.db("admin").command({ createUser: ADMINISTRATOR, pwd: password, roles: ["root"] }),
    );
  }
}

async function withMongo(url: string, work: (client: MongoClient) => Promise<unknown>): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: TIMEOUT_MS, connectTimeoutMS: TIMEOUT_MS, socketTimeoutMS: TIMEOUT_MS });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
