/** How much tenants store: one pass over the bucket adds up every prefix, however many tenants are asked for. */
import { ListPartsCommand, type ListPartsCommandOutput } from "@aws-sdk/client-s3";
import { storedUnder, type Upload, uploadsUnder } from "./listing.ts";
import { MARKS_PREFIX, tenantOf } from "./marks.ts";
import type { S3Server } from "./server.ts";

/** Tenants are measured in batches: batches that come within this time share one pass. */
const FRESH_MS = 10_000;
/** 20 million objects. A larger bucket is not measured by listing: its provider's inventory must be read instead. */
const PAGES_MAX = 20_000;
/** Parts are asked for upload by upload. */
const UPLOADS_MAX = 1_000;

export type Sizes = ReadonlyMap<string, number>;
type Pass = { at: number; sizes: Promise<Sizes> };

/** @returns a `measure` that remembers its last pass. Bytes of all versions, and of the parts of unfinished uploads. */
export function createMeasure(server: S3Server): (names: readonly string[]) => Promise<Map<string, number>> {
  let last: Pass | undefined;
  return async (names) => {
    const now = server.clock.elapsedMs();
    if (last === undefined || now - last.at > FRESH_MS) last = { at: now, sizes: addUp(server) };
    const pass = last;
    const sizes = await pass.sizes.catch((error: unknown) => {
      if (last === pass) last = undefined;
      throw error;
    });
    return new Map(names.map((name) => [name, sizes.get(name) ?? 0]));
  };
}

async function addUp(server: S3Server): Promise<Sizes> {
  const sizes = new Map<string, number>();
  const add = (key: string, bytes: number): void => {
    const name = tenantOf(key);
    if (name !== null) sizes.set(name, (sizes.get(name) ?? 0) + bytes);
  };
  let pages = 0;
  for await (const page of storedUnder(server, "")) {
    for (const { Key, Size } of page) if (!Key.startsWith(MARKS_PREFIX)) add(Key, Size);
    pages += 1;
    if (pages === PAGES_MAX) throw new Error(`the bucket has more than ${PAGES_MAX} pages of objects`);
  }
  for (const upload of await unfinished(server)) add(upload.Key, await partsOf(server, upload));
  return sizes;
}

async function unfinished(server: S3Server): Promise<Upload[]> {
  const found: Upload[] = [];
  for await (const page of uploadsUnder(server, "")) {
    found.push(...page);
    if (found.length >= UPLOADS_MAX) break;
  }
  return found.slice(0, UPLOADS_MAX);
}

async function partsOf({ clients, config }: S3Server, { Key, UploadId }: Upload): Promise<number> {
  let bytes = 0;
  let page: ListPartsCommandOutput | undefined;
  do {
    const PartNumberMarker = page?.NextPartNumberMarker;
    const where = { Bucket: config.bucket, Key, UploadId, ...(PartNumberMarker === undefined ? {} : { PartNumberMarker }) };
    page = await clients.s3.send(new ListPartsCommand(where));
    for (const part of page.Parts ?? []) bytes += part.Size ?? 0;
    // Ceph names a next marker on the last page, too.
  } while (page.IsTruncated === true);
  return bytes;
}
