/** How much tenants store: one pass over the bucket adds up every prefix, however many tenants are asked for. */
import { ListPartsCommand, type ListPartsCommandOutput } from "@aws-sdk/client-s3";
import { cachedRead } from "../cached-read.ts";
import { isNamed, statusOf } from "./errors.ts";
import { storedUnder, type Upload, uploadsUnder } from "./listing.ts";
import type { S3Server } from "./server.ts";
import { walk } from "./walk.ts";

/** Tenants are measured in batches: batches that come within this time share one pass. */
const FRESH_MS = 10_000;
/** Of one tenant: a pass goes on with the next one behind them. */
const OBJECTS_MAX = 20_000_000;
/** Of one tenant. Parts are asked for upload by upload. */
const UPLOADS_MAX = 10_000;
const UPLOADS_AT_ONCE = 16;
/** Who has more than is looked at counts as storing what S3 takes at most in one object: nothing hides behind a great number. */
const TOO_MANY_BYTES = 5 * 1_024 ** 4;

const CLIENT_ERROR = /^4\d\d$/;

/** @returns a `measure` that remembers its last pass. Bytes of all versions, and of the parts of unfinished uploads. */
export function createMeasure(server: S3Server): (names: readonly string[]) => Promise<Map<string, number>> {
  const latest = cachedRead(FRESH_MS, server.clock, () => measureBucket(server));
  return async (names) => {
    const sizes = await latest();
    return new Map(names.map((name) => [name, sizes.get(name) ?? 0]));
  };
}

type Bounds = { objectsMax: number; uploadsMax: number };

/** @returns bytes by tenant; one that has nothing is not in it */
export async function measureBucket(
  server: S3Server,
  { objectsMax, uploadsMax }: Bounds = { objectsMax: OBJECTS_MAX, uploadsMax: UPLOADS_MAX },
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const add = (name: string, bytes: number): void => void sizes.set(name, (sizes.get(name) ?? 0) + bytes);
  const tooMany = (what: string) => (name: string) => {
    server.log.warn({ name }, `a tenant has more ${what} than are measured: it counts as far over its size`);
    add(name, TOO_MANY_BYTES);
  };
  for await (const { name, Size } of walk((after) => storedUnder(server, "", after), objectsMax, tooMany("objects"))) add(name, Size);

  let batch: (Upload & { name: string })[] = [];
  const addBatch = async (): Promise<void> => {
    await Promise.all(batch.map(async (upload) => add(upload.name, await sizeOf(server, upload))));
    batch = [];
  };
  for await (const upload of walk((after) => uploadsUnder(server, "", after), uploadsMax, tooMany("unfinished uploads"))) {
    batch.push(upload);
    if (batch.length === UPLOADS_AT_ONCE) await addBatch();
  }
  await addBatch();
  return sizes;
}

/** One that cannot be asked for keeps no other from being counted; a store that does not answer at all does. */
async function sizeOf(server: S3Server, upload: Upload & { name: string }): Promise<number> {
  try {
    return await partsOf(server, upload);
  } catch (err) {
    if (!CLIENT_ERROR.test(String(statusOf(err)))) throw err;
    // Ended since it was listed: completed, it is an object of the next pass.
    if (!isNamed(err, "NoSuchUpload")) server.log.warn({ err, name: upload.name }, "an unfinished upload could not be measured");
    return 0;
  }
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
