/** Tenants as ACL users. */
import { createHash } from "node:crypto";
import type { Access } from "../../../contract/jobs.ts";
import type { Tenant } from "../engine.ts";
import { keyPrefix } from "./address.ts";
import { Forgotten, isUnknownUser } from "./errors.ts";
import { rulesFor } from "./rules.ts";
import type { RedisServer } from "./server.ts";

/** The password as Redis keeps it, so that neither the wire nor a log ever has the password. Its 24 random bytes need no salt. */
function passwordRule(password: string): string {
  return `#${createHash("sha256").update(password).digest("hex")}`;
}

/** Makes the user, or makes it anew: one command, so it is whole or not there. */
export async function makeUser(server: RedisServer, tenant: Tenant, access: Access): Promise<void> {
  const rules = rulesFor(tenant.name, access, server.features);
  await server.link.run(["ACL", "SETUSER", tenant.name, "reset", passwordRule(tenant.password), ...rules]);
}

/** Another access for a user that is there; its password stays. */
export async function changeAccess(server: RedisServer, name: string, access: Access): Promise<void> {
  await server.link.run(["ACL", "SETUSER", name, ...rulesFor(name, access, server.features)]);
}

/** Another password; everything else stays. */
export async function changePassword(server: RedisServer, { name, password }: Tenant): Promise<void> {
  await server.link.run(["ACL", "SETUSER", name, "resetpass", passwordRule(password)]);
}

/** Closes every connection of a user that is there. */
export async function endSessions(server: RedisServer, name: string): Promise<void> {
  await server.link.run(["CLIENT", "KILL", "USER", name]);
}

/**
 * How much the user may do, asked of the server. Comes before every change: SETUSER would make a user that is not there.
 * @throws Forgotten when it is not there
 */
export async function accessOf(server: RedisServer, name: string): Promise<Access> {
  const key = keyPrefix(name);
  try {
    const [pings, writes] = await server.link.run(["ACL", "DRYRUN", name, "PING"], ["ACL", "DRYRUN", name, "SET", key, "1"]);
    if (pings !== "OK") return "none";
    return writes === "OK" ? "full" : "read_only";
  } catch (error) {
    throw isUnknownUser(error) ? new Forgotten() : error;
  }
}
