/** Removes a tenant. Its keys die first, so that nothing comes in behind the deletion; the mark goes last. */
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { type Point, runSteps, type Step } from "../../steps.ts";
import { clearPrefix } from "./clear.ts";
import { markKeyOf, prefixOf } from "./marks.ts";
import type { S3Server } from "./server.ts";

type Dropping = { server: S3Server; name: string };

export const DROP_STEPS: readonly Step<Dropping>[] = [
  { name: "grant", do: ({ server, name }) => server.grants.revoke(name) },
  { name: "objects", do: ({ server, name }) => clearPrefix(server, prefixOf(name)) },
  { name: "mark", do: removeMark },
];

/**
 * Drops what is there of the tenant; what is already gone is no error. A URL that was signed before can still put an object for up
 * to an hour: `list` shows it, and the reconciler drops it again.
 */
export const dropTenant = (server: S3Server, name: string, point: Point): Promise<void> => runSteps(DROP_STEPS, { server, name }, point);

async function removeMark({ server: { clients, config }, name }: Dropping): Promise<void> {
  await clients.s3.send(new DeleteObjectCommand({ Bucket: config.bucket, Key: markKeyOf(name) }));
}
