/** The keys of an answer have been used before the answer. */
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import pRetry from "p-retry";
import type { Access } from "../../../contract/jobs.ts";
import type { Tenant } from "../engine.ts";
import type { Keys } from "./clients.ts";
import { isNamed, statusOf } from "./errors.ts";
import { prefixOf } from "./marks.ts";
import type { S3Server } from "./server.ts";

const PROBE_BYTES = 12;
/** A cloud's IAM needs a moment until every one of its servers knows a new role or key; together about 8 s. */
const SETTLING = { retries: 6, minTimeout: 100, maxTimeout: 3_000, factor: 2 } as const;
const NOT_KNOWN_YET = ["AccessDenied", "InvalidAccessKeyId", "InvalidClientTokenId"];
const FORBIDDEN = 403;

/** Mints keys for the tenant and uses them as its access allows. @returns them, or null where there are none. Secret. */
export async function proveAccess(server: S3Server, tenant: Tenant & { access: Access }): Promise<Keys | null> {
  if (tenant.access === "none") return null;
  const keys = await server.grants.mint(tenant, tenant.access);
  await proveReady(server, tenant.name, keys, tenant.access);
  return keys;
}

/** Writes, reads and deletes an object under the tenant's prefix; with read-only keys, lists it. With no keys, as the platform does it. */
async function proveReady(server: S3Server, name: string, keys: Keys | null, access: Access): Promise<void> {
  const client = keys === null ? server.clients.s3 : server.clients.asTenant(keys);
  const probe = { Bucket: server.config.bucket, Key: `${prefixOf(name)}.instanode-${server.random.bytes(PROBE_BYTES).toString("hex")}` };
  const prove = access === "full" ? () => writeAndRead(client, probe) : () => look(client, { ...probe, Prefix: prefixOf(name) });
  await pRetry(prove, { ...SETTLING, shouldRetry: ({ error }) => statusOf(error) === FORBIDDEN || isNamed(error, ...NOT_KNOWN_YET) });
}

async function writeAndRead(client: S3Client, probe: { Bucket: string; Key: string }): Promise<void> {
  await client.send(new PutObjectCommand({ ...probe, Body: probe.Key }));
  try {
    const { Body } = await client.send(new GetObjectCommand(probe));
    if ((await Body?.transformToString()) !== probe.Key) throw new Error("the object store gave back something else");
  } finally {
    await client.send(new DeleteObjectCommand(probe));
  }
}

async function look(client: S3Client, { Bucket, Prefix }: { Bucket: string; Prefix: string }): Promise<void> {
  await client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }));
}
