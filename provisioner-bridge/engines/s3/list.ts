/** The tenants the bucket really has: those with a mark, and every prefix that still holds something. */
import type { EngineTenant } from "../engine.ts";
import { namesBelow, PAGE_ROWS, uploadsUnder } from "./listing.ts";
import { MARKS_PREFIX, tenantOf } from "./marks.ts";
import type { S3Server } from "./server.ts";
import { walk } from "./walk.ts";

/** Whole means marked. A prefix without a mark is what came in after its tenant's drop, by a URL that was still valid. */
export async function listTenants(server: S3Server): Promise<EngineTenant[]> {
  const marked = new Set<string>();
  for await (const { keys } of namesBelow(server, MARKS_PREFIX)) for (const name of keys) marked.add(name);
  const found = new Set(marked);
  for await (const { folders } of namesBelow(server, "")) for (const folder of folders) addTenant(found, `${folder}/`);
  // A tenant may have begun any number: one page of them is enough to know it by.
  const uploads = walk(
    (after) => uploadsUnder(server, "", after),
    PAGE_ROWS,
    () => {},
  );
  for await (const { name } of uploads) found.add(name);
  return [...found].sort().map((name) => ({ name, isWhole: marked.has(name) }));
}

function addTenant(found: Set<string>, key: string): void {
  const name = tenantOf(key);
  if (name !== null) found.add(name);
}
