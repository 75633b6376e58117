/** Makes a tenant: a mark, what stands behind its keys, proof. Every step meets its own earlier work. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Engine, Step } from "../engine.ts";
import { markKeyOf } from "./marks.ts";
import { proveAccess } from "./ready.ts";
import type { S3Server } from "./server.ts";

/** The mark comes first: after a crash the rest is found by it. */
export async function createTenant(server: S3Server, tenant: Parameters<Engine["create"]>[1], step: Step): Promise<void> {
  const { clients, config, grants } = server;
  await clients.s3.send(new PutObjectCommand({ Bucket: config.bucket, Key: markKeyOf(tenant.name), Body: server.mark }));
  await step("after_mark");
  await grants.ensure(tenant, tenant.access);
  await step("after_grant");
  await proveAccess(server, tenant);
  await step("after_ready");
}
