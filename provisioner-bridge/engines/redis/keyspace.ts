/**
 * How much every tenant of a server stores. Redis counts per key, so one pass over all keys answers for all tenants at once. An
 * empty tenant has no key: its baseline is nothing.
 */
import { z } from "zod";
import type { Link } from "./link.ts";
import { ownerOf } from "./marks.ts";

/** Small: Redis is busy for a few milliseconds at most with the sizes of one page. */
const SCAN_COUNT = "250";
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
  const samples = options.exact ? EXACT_SAMPLES : SAMPLES;
  let cursor = "0";
  do {
    const [page] = await link.runBytes(["SCAN", cursor, "COUNT", SCAN_COUNT]);
    const [next, keys] = pageSchema.parse(page);
    await addSizes(link, keys, samples, sizes);
    cursor = next.toString();
  } while (cursor !== "0");
  return sizes;
}

async function addSizes(link: Link, keys: readonly Buffer[], samples: string, sizes: Map<string, number>): Promise<void> {
  const owned = keys.flatMap((key) => {
    const owner = ownerOf(key);
    return owner === null ? [] : [{ key, owner }];
  });
  if (owned.length === 0) return;
  const answers = await link.run(...owned.map(({ key }) => ["MEMORY", "USAGE", key, "SAMPLES", samples]));
  for (const [index, bytes] of sizesSchema.parse(answers).entries()) {
    const owner = owned[index]?.owner;
    if (owner !== undefined) sizes.set(owner, (sizes.get(owner) ?? 0) + (bytes ?? 0));
  }
}
