/**
 * How much every tenant of a server stores. Redis counts per key, so one pass over all keys answers for all tenants at once. An
 * empty tenant has no key: its baseline is nothing.
 */
import { z } from "zod";
import type { Link } from "./link.ts";
import { ownerOf } from "./marks.ts";

const SCAN_COUNT = "250";
/** Sizes that are asked for in one go: Redis answers them all before any other client. An exact one of a large value takes milliseconds. */
const AT_ONCE = 250;
const EXACT_AT_ONCE = 16;
/** Elements of a large value that are looked at; the rest is taken to be like them. */
const SAMPLES = "1000";
/** So many that little can be hidden in a corner; not all, or one huge value would hold the server up for as long as it takes. */
const EXACT_SAMPLES = "50000";

const pageSchema = z.tuple([z.instanceof(Buffer), z.array(z.instanceof(Buffer))]);
/** Null for a key that went meanwhile. */
const sizesSchema = z.array(z.number().int().min(0).nullable());

/** @returns bytes by engine-side name; tenants without a key are not in it */
export async function measureKeyspace(link: Link, options: { exact: boolean }): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  let cursor = "0";
  do {
    const [page] = await link.runBytes(["SCAN", cursor, "COUNT", SCAN_COUNT]);
    const [next, keys] = pageSchema.parse(page);
    await addSizes(link, keys, options, sizes);
    cursor = next.toString();
  } while (cursor !== "0");
  return sizes;
}

async function addSizes(link: Link, keys: readonly Buffer[], { exact }: { exact: boolean }, sizes: Map<string, number>): Promise<void> {
  const owned = keys.flatMap((key) => {
    const owner = ownerOf(key);
    return owner === null ? [] : [{ key, owner }];
  });
  const [atOnce, samples] = exact ? [EXACT_AT_ONCE, EXACT_SAMPLES] : [AT_ONCE, SAMPLES];
  for (let from = 0; from < owned.length; from += atOnce) {
    const some = owned.slice(from, from + atOnce);
    const answers = await link.run(...some.map(({ key }) => ["MEMORY", "USAGE", key, "SAMPLES", samples]));
    for (const [index, bytes] of sizesSchema.parse(answers).entries()) {
      const owner = some[index]?.owner;
      if (owner !== undefined) sizes.set(owner, (sizes.get(owner) ?? 0) + (bytes ?? 0));
    }
  }
}
