/** Lists what lies in the bucket, page by page. Keys come percent-encoded: XML cannot hold every character a key may have. */
import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import type { S3Server } from "./server.ts";

/** The most S3 lists, and deletes, in one request. */
export const PAGE_ROWS = 1_000;

const decode = (key: string): string => decodeURIComponent(key.replaceAll("+", "%20"));
const encoded = z.string().transform(decode);
const objectSchema = z.object({ Key: encoded, VersionId: z.string().optional(), Size: z.number().default(0) });
/** An object, one version of one, or (of no size) a mark that one was deleted. */
export type Stored = z.infer<typeof objectSchema>;
const uploadSchema = z.object({ Key: encoded, UploadId: z.string() });
export type Upload = z.infer<typeof uploadSchema>;
const prefixesSchema = z.array(z.object({ Prefix: encoded }));

/** Pages of everything under `prefix`, of keys after `after`: each version where the store can have several, else each object. */
export async function* storedUnder(server: S3Server, prefix: string, after?: string): AsyncGenerator<Stored[]> {
  if (server.capabilities.versions) yield* versionsUnder(server, prefix, after);
  else yield* objectsUnder(server, prefix, after);
}

async function* versionsUnder({ clients, config }: S3Server, Prefix: string, after?: string): AsyncGenerator<Stored[]> {
  let page: ListObjectVersionsCommandOutput | undefined;
  do {
    page = await clients.s3.send(
      new ListObjectVersionsCommand({
        Bucket: config.bucket,
        Prefix,
        EncodingType: "url",
        MaxKeys: PAGE_ROWS,
        ...next(keyMarker(page, after), (KeyMarker) => ({ KeyMarker })),
        ...next(page?.NextVersionIdMarker, (VersionIdMarker) => ({ VersionIdMarker })),
      }),
    );
    yield z.array(objectSchema).parse([...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]);
  } while (page.IsTruncated === true);
}

async function* objectsUnder({ clients, config }: S3Server, Prefix: string, after?: string): AsyncGenerator<Stored[]> {
  let page: ListObjectsV2CommandOutput | undefined;
  do {
    page = await clients.s3.send(
      new ListObjectsV2Command({
        Bucket: config.bucket,
        Prefix,
        EncodingType: "url",
        MaxKeys: PAGE_ROWS,
        ...next(after, (StartAfter) => ({ StartAfter })),
        ...next(page?.NextContinuationToken, (ContinuationToken) => ({ ContinuationToken })),
      }),
    );
    yield z.array(objectSchema).parse(page.Contents ?? []);
  } while (page.IsTruncated === true);
}

/** Pages of the uploads of keys after `after` that were begun under `prefix` and neither completed nor given up. */
export async function* uploadsUnder({ clients, config }: S3Server, Prefix: string, after?: string): AsyncGenerator<Upload[]> {
  let page: ListMultipartUploadsCommandOutput | undefined;
  do {
    page = await clients.s3.send(
      new ListMultipartUploadsCommand({
        Bucket: config.bucket,
        ...(Prefix === "" ? {} : { Prefix }),
        EncodingType: "url",
        MaxUploads: PAGE_ROWS,
        ...next(keyMarker(page, after), (KeyMarker) => ({ KeyMarker })),
        ...next(page?.NextUploadIdMarker, (UploadIdMarker) => ({ UploadIdMarker })),
      }),
    );
    yield z.array(uploadSchema).parse(page.Uploads ?? []);
  } while (page.IsTruncated === true);
}

/** Pages of the "folders" right below `prefix`, and of the keys beside them, without that prefix. */
export async function* namesBelow({ clients, config }: S3Server, Prefix: string): AsyncGenerator<{ folders: string[]; keys: string[] }> {
  let page: ListObjectsV2CommandOutput | undefined;
  do {
    page = await clients.s3.send(
      new ListObjectsV2Command({
        Bucket: config.bucket,
        ...(Prefix === "" ? {} : { Prefix }),
        Delimiter: "/",
        EncodingType: "url",
        MaxKeys: PAGE_ROWS,
        ...next(page?.NextContinuationToken, (ContinuationToken) => ({ ContinuationToken })),
      }),
    );
    yield {
      folders: prefixesSchema.parse(page.CommonPrefixes ?? []).map(({ Prefix: folder }) => folder.slice(Prefix.length, -1)),
      keys: z
        .array(objectSchema)
        .parse(page.Contents ?? [])
        .map(({ Key }) => Key.slice(Prefix.length)),
    };
  } while (page.IsTruncated === true);
}

/** Where the next page begins; the first one after `after`. */
function keyMarker(page: { NextKeyMarker?: string | undefined } | undefined, after: string | undefined): string | undefined {
  return page === undefined ? after : page.NextKeyMarker && decode(page.NextKeyMarker);
}

function next<T extends object>(marker: string | undefined, as: (marker: string) => T): T | Record<never, never> {
  return marker === undefined || marker === "" ? {} : as(marker);
}
