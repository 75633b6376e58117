/** Makes sure that a bucket may hold tenants: it exists, it belongs to this registry, and requests without a key are refused. */
import { GetObjectCommand, HeadBucketCommand, ListBucketsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { UnfitServer } from "../unfit.ts";
import { isNamed, statusOf } from "./errors.ts";
import { OWNER_KEY } from "./marks.ts";
import type { S3Server } from "./server.ts";

const ANSWER_TIMEOUT_MS = 5_000;
const NOT_FOUND = 404;

/** Idempotent. @throws UnfitServer */
export async function prepareServer(server: S3Server): Promise<void> {
  await requireBucket(server);
  await requireForeignOwner(server);
  await requireClosedDoor(server);
  await requireOurs(server);
}

async function requireBucket({ clients, config }: S3Server): Promise<void> {
  try {
    await clients.s3.send(new HeadBucketCommand({ Bucket: config.bucket }));
  } catch (error) {
    if (statusOf(error) === NOT_FOUND) throw new UnfitServer("there is no such bucket");
    throw error;
  }
}

/** Two registries in one bucket would take each other's tenants for strangers. */
async function requireOurs(server: S3Server): Promise<void> {
  const { clients, config, mark } = server;
  if ((await readOwner(server)) === null) {
    await clients.s3.send(new PutObjectCommand({ Bucket: config.bucket, Key: OWNER_KEY, Body: mark, ContentType: "application/json" }));
  }
  if ((await readOwner(server)) !== mark) throw new UnfitServer("the bucket belongs to another registry");
}

async function readOwner({ clients, config }: S3Server): Promise<string | null> {
  try {
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: config.bucket, Key: OWNER_KEY }));
    return (await Body?.transformToString()) ?? "";
  } catch (error) {
    if (isNamed(error, "NoSuchKey") || statusOf(error) === NOT_FOUND) return null;
    throw error;
  }
}

/** Ceph's sessions act as the user who began them: one who owns the bucket would hand its ownership to every tenant. */
async function requireForeignOwner({ clients, config, mode }: S3Server): Promise<void> {
  if (config.backend !== "ceph" || mode !== "prefix-scoped-temporary") return;
  const { Buckets = [] } = await clients.s3.send(new ListBucketsCommand());
  if (Buckets.some(({ Name }) => Name === config.bucket)) throw new UnfitServer("the bucket belongs to the platform's own user");
}

/** A public bucket lists every tenant's keys to every client. */
async function requireClosedDoor({ config }: S3Server): Promise<void> {
  const listing = `${config.internalEndpoint}/${config.bucket}?list-type=2&max-keys=1`;
  const response = await fetch(listing, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  await response.body?.cancel();
  if (response.ok) throw new UnfitServer("the bucket can be listed without a key");
}
