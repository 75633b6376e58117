/** Refuses a server that cannot keep tenants apart. Nothing has to be made on it: MongoDB refuses users without rights. */
import { z } from "zod";
import { UnfitServer } from "../unfit.ts";
import { hasCode, MONGO_CODE } from "./errors.ts";
import { ask, type MongodbServer, withClient } from "./server.ts";

const OLDEST_MAJOR = 6;

const buildSchema = z.object({ version: z.string(), versionArray: z.array(z.number()).min(1) });
const statusSchema = z.object({ authInfo: z.object({ authenticatedUserRoles: z.array(z.object({ role: z.string(), db: z.string() })) }) });

/** @throws UnfitServer */
export async function prepareServer(server: MongodbServer): Promise<void> {
  const { version, versionArray } = buildSchema.parse(await ask(server, { buildInfo: 1 }));
  if ((versionArray[0] ?? 0) < OLDEST_MAJOR) throw new UnfitServer(`MongoDB ${OLDEST_MAJOR} or newer is needed, it is ${version}`);
  await checkAdministrator(server);
  await checkDoor(server);
}

async function checkAdministrator(server: MongodbServer): Promise<void> {
  const { authInfo } = statusSchema.parse(await ask(server, { connectionStatus: 1 }));
  if (!authInfo.authenticatedUserRoles.some(({ role, db }) => role === "root" && db === "admin"))
    throw new UnfitServer("admin_url must be a user's with the role root");
}

/** Without authorization every client reads everything: connects without credentials and expects a refusal. */
async function checkDoor(server: MongodbServer): Promise<void> {
  try {
    await withClient(publicUrl(server), (client) => client.db("admin").command({ listDatabases: 1, nameOnly: true }));
  } catch (error) {
    if (hasCode(error, MONGO_CODE.unauthorized)) return;
    throw error;
  }
  throw new UnfitServer("authorization is off (security.authorization)");
}

function publicUrl({ config }: MongodbServer): string {
  return `mongodb://${config.public_host}:${config.public_port}/?${new URLSearchParams(config.url_options)}`;
}
