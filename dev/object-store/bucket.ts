/** Prepares an object store for the bridge: makes the bucket, and finds out what the store can do. */
import { IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { ObjectStoreAddress } from "./address.ts";

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 10_000;
const SHORTEST_SESSION_SECONDS = 900;

function options({ endpoint, region, accessKeyId, secretAccessKey }: ObjectStoreAddress) {
  return {
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: ANSWER_TIMEOUT_MS, throwOnRequestTimeout: true },
  };
}

/** Idempotent. */
export async function ensureBucket(address: ObjectStoreAddress): Promise<void> {
  const client = new S3Client({ ...options(address), forcePathStyle: true });
  try {
    await client.send(new HeadBucketCommand({ Bucket: address.bucket })).catch(async (cause: unknown) => {
      if (!(cause instanceof Error) || cause.name !== "NotFound") throw cause;
      await client.send(new CreateBucketCommand({ Bucket: address.bucket }));
    });
  } finally {
    client.destroy();
  }
}

/** Allows a user of Ceph these actions in the bucket, which another user owns. */
export async function allowUser(address: ObjectStoreAddress, user: string, actions: readonly string[]): Promise<void> {
  const client = new IAMClient(options(address));
  const Resource = [`arn:aws:s3:::${address.bucket}`, `arn:aws:s3:::${address.bucket}/*`];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource }] });
  try {
    await client.send(new PutUserPolicyCommand({ UserName: user, PolicyName: "bucket", PolicyDocument }));
  } finally {
    client.destroy();
  }
}

/** Whether this MinIO issues temporary keys to this user: some versions refuse the first user. */
export async function givesSessions(address: ObjectStoreAddress): Promise<boolean> {
  const client = new STSClient(options(address));
  try {
    const RoleArn = "arn:aws:iam::000000000000:role/tenant";
    await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "probe", DurationSeconds: SHORTEST_SESSION_SECONDS }));
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}
