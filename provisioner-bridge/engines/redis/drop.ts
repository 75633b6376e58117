/** Removes a tenant. The user goes first, so that nothing new is written; its mark goes last: it stays as long as anything else does. */
import { z } from "zod";
import { type Point, runSteps, type Step } from "../../steps.ts";
import { keyPrefix } from "./address.ts";
import type { RedisServer } from "./server.ts";

/** Redis is busy for well under a millisecond with each batch; other clients' commands run in between. */
const SCAN_COUNT = "1000";

const pageSchema = z.tuple([z.instanceof(Buffer), z.array(z.instanceof(Buffer))]);

type Dropping = { server: RedisServer; name: string };

export const DROP_STEPS: readonly Step<Dropping>[] = [
  // Also closes every connection of the user.
  { name: "user", do: ({ server, name }) => server.link.run(["ACL", "DELUSER", name]) },
  { name: "keys", do: ({ server, name }) => server.drops(() => removeKeys(server, name)) },
  { name: "mark", do: ({ server, name }) => server.link.run(["SREM", server.owners, name]) },
];

/** Drops what exists of the tenant; a part that is already gone is no error. */
export const dropTenant = (server: RedisServer, name: string, point: Point): Promise<void> => runSteps(DROP_STEPS, { server, name }, point);

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
