/** Removes a tenant. The user goes first, so that nothing new is written; its mark goes last: it stays as long as anything else does. */
import { z } from "zod";
import type { Step } from "../engine.ts";
import { keyPrefix } from "./address.ts";
import type { RedisServer } from "./server.ts";

/** Redis is busy for well under a millisecond with each batch; other clients' commands run in between. */
const SCAN_COUNT = "1000";

const pageSchema = z.tuple([z.instanceof(Buffer), z.array(z.instanceof(Buffer))]);

/** Drops what exists of the tenant; a part that is already gone is no error. */
export async function dropTenant(server: RedisServer, name: string, step: Step): Promise<void> {
  const { link, owners } = server;
  // Also closes every connection of the user.
  await link.run(["ACL", "DELUSER", name]);
  await step("after_user");
  await server.drops(() => removeKeys(server, name));
  await step("after_keys");
  await link.run(["SREM", owners, name]);
  await step("after_mark");
}

/** Goes once through all keys of the server: Redis has no other way to find those of a prefix. Freed in the background (UNLINK). */
async function removeKeys({ link }: RedisServer, name: string): Promise<void> {
  let cursor = "0";
  do {
    const [page] = await link.runBytes(["SCAN", cursor, "MATCH", `${keyPrefix(name)}*`, "COUNT", SCAN_COUNT]);
    const [next, keys] = pageSchema.parse(page);
    if (keys.length > 0) await link.run(["UNLINK", ...keys]);
    cursor = next.toString();
  } while (cursor !== "0");
}
