/** Deletes everything under a prefix: every object, every version, every unfinished upload. In batches, and only so many at a time. */
import { AbortMultipartUploadCommand, DeleteObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { Refusal } from "../../refusal.ts";
import { isNamed } from "./errors.ts";
import { type Stored, storedUnder, type Upload, uploadsUnder } from "./listing.ts";
import type { S3Server } from "./server.ts";

/** 50,000 objects: what one job deletes; its retry, or the reconciler, goes on. */
const BATCHES_PER_JOB = 50;
const SINGLES_AT_ONCE = 8;
// What XML 1.0 has no way to write; such a key cannot be named in a request for many.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/u;

/** @throws Refusal resource_busy when more is there than one job deletes */
export async function clearPrefix(server: S3Server, prefix: string): Promise<void> {
  let batches = 0;
  const count = (): void => {
    batches += 1;
    if (batches > BATCHES_PER_JOB) throw new Refusal("resource_busy", { cause: new Error("more objects than one job deletes") });
  };
  for await (const uploads of uploadsUnder(server, prefix)) {
    if (uploads.length > 0) count();
    await oneByOne(uploads, (upload) => abort(server, upload));
  }
  for await (const page of storedUnder(server, prefix)) {
    if (page.length === 0) continue;
    count();
    await deletePage(server, page);
  }
}

async function deletePage(server: S3Server, page: readonly Stored[]): Promise<void> {
  const { plain = [], odd = [] } = Object.groupBy(page, ({ Key }) => (NOT_IN_XML.test(Key) ? "odd" : "plain"));
  await deleteMany(server, plain);
  await oneByOne(odd, (one) => deleteOne(server, one));
}

async function deleteMany({ clients, config }: S3Server, objects: readonly Stored[]): Promise<void> {
  if (objects.length === 0) return;
  const Objects = objects.map(identify);
  const { Errors = [] } = await clients.s3.send(new DeleteObjectsCommand({ Bucket: config.bucket, Delete: { Objects, Quiet: true } }));
  const [first] = Errors;
  // The key stays out of the message: it is the tenant's own words.
  if (first !== undefined) throw new Error(`${Errors.length} objects could not be deleted: ${first.Code ?? "no reason given"}`);
}

async function deleteOne({ clients, config }: S3Server, object: Stored): Promise<void> {
  await clients.s3.send(new DeleteObjectCommand({ Bucket: config.bucket, ...identify(object) }));
}

/** "null" is the version of an object from before there were versions, and means the same as none. */
function identify({ Key, VersionId }: Stored) {
  return VersionId === undefined || VersionId === "null" ? { Key } : { Key, VersionId };
}

async function abort({ clients, config }: S3Server, { Key, UploadId }: Upload): Promise<void> {
  try {
    await clients.s3.send(new AbortMultipartUploadCommand({ Bucket: config.bucket, Key, UploadId }));
  } catch (error) {
    if (!isNamed(error, "NoSuchUpload")) throw error;
  }
}

async function oneByOne<T>(rows: readonly T[], work: (row: T) => Promise<void>): Promise<void> {
  const turns = pLimit(SINGLES_AT_ONCE);
  await Promise.all(rows.map((row) => turns(() => work(row))));
}
