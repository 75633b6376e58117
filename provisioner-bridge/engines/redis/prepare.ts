/**
 * Looks whether a server can keep tenants apart, and refuses one that cannot. Nothing is changed on it: what is missing is its
 * operator's to set (docs/configuration.md). Asked again by every pass of the reconciler.
 */
import { ErrorReply } from "@redis/client";
import { z } from "zod";
import { UnfitServer } from "../unfit.ts";
import { type Info, readInfo } from "./info.ts";
import type { Link } from "./link.ts";
import { TENANT_NAME } from "./marks.ts";
import { asTenant } from "./ready.ts";
import type { RedisServer } from "./server.ts";

/** ACL rules for subcommands, read-only SORT and limits on clients' memory begin with it. */
const VERSION_MIN = 7;
const MIB = 1_048_576;
/** SETRANGE and SETBIT allocate a whole value with one command, before any watch could see it. */
const VALUE_MAX_BYTES = 64 * MIB;
/** More users that are not tenants than any server of ours has. */
const OTHER_USERS_MAX = 50;

/** @throws UnfitServer */
export async function prepareServer(server: RedisServer): Promise<void> {
  const { link } = server;
  checkInfo(await readInfo(link));
  await checkSettings(link);
  await checkUsers(link);
  await checkDoor(server);
  const [[known]] = z.tuple([z.tuple([z.unknown()])]).parse(await link.run(["COMMAND", "INFO", "client|setinfo"]));
  server.features = { clientSetInfo: known !== null };
}

function checkInfo(info: Info): void {
  if (Number.parseInt(info.redis_version, 10) < VERSION_MIN) throw new UnfitServer(`Redis ${VERSION_MIN} or newer is needed`);
  if (info.redis_mode !== "standalone" || info.role !== "master") throw new UnfitServer("it must be a master of its own, no cluster");
  if (info.maxmemory === 0) throw new UnfitServer("maxmemory must be set: it is what its tenants share");
  if (info.maxmemory_policy !== "noeviction")
    throw new UnfitServer("maxmemory-policy must be noeviction: one tenant's data would push out another's");
}

const settingsSchema = z.object({
  databases: z.coerce.number(),
  "maxmemory-clients": z.string(),
  "client-output-buffer-limit": z.string(),
  "proto-max-bulk-len": z.coerce.number(),
});

async function checkSettings(link: Link): Promise<void> {
  const [answer] = await link.run(["CONFIG", "GET", ...Object.keys(settingsSchema.shape)]);
  const settings = settingsSchema.parse(pairs(answer));
  if (settings.databases !== 1) throw new UnfitServer("databases must be 1: keys in another one could be hidden");
  if (settings["maxmemory-clients"] === "0") throw new UnfitServer("maxmemory-clients must be set: unread answers take memory, too");
  // "normal <hard> <soft> <seconds> slave …": without a hard limit one command can ask for an answer larger than the machine.
  if (/^normal 0 /.test(settings["client-output-buffer-limit"]))
    throw new UnfitServer("client-output-buffer-limit normal must have a hard limit");
  if (settings["proto-max-bulk-len"] > VALUE_MAX_BYTES) throw new UnfitServer("proto-max-bulk-len must be 64mb or less");
}

const namesSchema = z.array(z.string());
const userSchema = z.object({ flags: z.array(z.string()) });

/** Who is neither a tenant nor switched off needs a password. */
async function checkUsers(link: Link): Promise<void> {
  const [users] = await link.run(["ACL", "USERS"]);
  const others = namesSchema.parse(users).filter((name) => !TENANT_NAME.test(name));
  if (others.length > OTHER_USERS_MAX) throw new UnfitServer("it has users that are not tenants of ours");
  const found = await link.run(...others.map((name) => ["ACL", "GETUSER", name]));
  for (const user of found) {
    const { flags } = userSchema.parse(pairs(user));
    if (flags.includes("on") && flags.includes("nopass")) throw new UnfitServer("it lets users in without a password");
  }
}

/** Connects where tenants do, without credentials, and expects a refusal. */
async function checkDoor(server: RedisServer): Promise<void> {
  try {
    await asTenant(server, null, [["PING"]]);
  } catch (error) {
    if (error instanceof ErrorReply && error.message.startsWith("NOAUTH")) return;
    throw error;
  }
  throw new UnfitServer("the user default comes in without a password");
}

/** RESP2 gives maps as lists of names and values. */
function pairs(answer: unknown): Record<string, unknown> {
  const list = z.array(z.unknown()).parse(answer);
  return Object.fromEntries(list.flatMap((name, index) => (index % 2 === 0 ? [[String(name), list[index + 1]]] : [])));
}
