/** Removes a tenant. Its keys die first, so that nothing comes in behind the deletion; the mark goes last. */
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import type { Step } from "../engine.ts";
import { clearPrefix } from "./clear.ts";
import { markKeyOf, prefixOf } from "./marks.ts";
import type { S3Server } from "./server.ts";

/**
 * Drops what is there of the tenant; what is already gone is no error. A URL that was signed before can still put an object for up
 * to an hour: `list` shows it, and the reconciler drops it again.
 */
export async function dropTenant(server: S3Server, name: string, step: Step): Promise<void> {
  await server.grants.revoke(name);
  await step("after_grant");
  await clearPrefix(server, prefixOf(name));
  await step("after_objects");
  await server.clients.s3.send(new DeleteObjectCommand({ Bucket: server.config.bucket, Key: markKeyOf(name) }));
  await step("after_mark");
}
