/** How many tenants, and how much, the bucket can promise. */
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import type { ServerCapacity } from "../engine.ts";
import type { S3Server } from "./server.ts";

/** An object store has no connections to promise and does not tell how full it is: the registry's count decides. */
export async function readCapacity({ clients, config }: S3Server): Promise<ServerCapacity> {
  await clients.s3.send(new HeadBucketCommand({ Bucket: config.bucket }));
  return {
    server: config.bucket,
    status: "open",
    maxTenants: config.maxTenants,
    connectionBudget: Number.POSITIVE_INFINITY,
    storageBudgetMb: config.storageBudgetMb,
    freeConnections: Number.POSITIVE_INFINITY,
  };
}
