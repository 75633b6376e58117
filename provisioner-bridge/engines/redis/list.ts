/** The tenants on a server that bear our mark. */
import { z } from "zod";
import type { EngineTenant } from "../engine.ts";
import type { RedisServer } from "./server.ts";

const namesSchema = z.array(z.string());

/** Every name with our mark; whole when its user is there, for a user is made in one piece. */
export async function listTenants({ link, owners }: RedisServer): Promise<EngineTenant[]> {
  const [marked, users] = await link.run(["SMEMBERS", owners], ["ACL", "USERS"]);
  const there = new Set(namesSchema.parse(users));
  return namesSchema.parse(marked).map((name) => ({ name, isWhole: there.has(name) }));
}
