/** Makes a tenant: a mark, what stands behind its keys, proof. Every step meets its own earlier work. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { type Point, runSteps, type Step } from "../../steps.ts";
import type { Engine } from "../engine.ts";
import { markKeyOf } from "./marks.ts";
import { proveAccess } from "./ready.ts";
import type { S3Server } from "./server.ts";

type NewTenant = Parameters<Engine["create"]>[1];
type Making = { server: S3Server; tenant: NewTenant };

/** The mark comes first: after a crash the rest is found by it. */
export const CREATE_STEPS: readonly Step<Making>[] = [
  { name: "mark", do: putMark },
  { name: "grant", do: ({ server, tenant }) => server.grants.ensure(tenant, tenant.access) },
  { name: "ready", do: ({ server, tenant }) => proveAccess(server, tenant) },
];

export const createTenant = (server: S3Server, tenant: NewTenant, point: Point): Promise<void> =>
  runSteps(CREATE_STEPS, { server, tenant }, point);

async function putMark({ server: { clients, config, mark }, tenant }: Making): Promise<void> {
  await clients.s3.send(new PutObjectCommand({ Bucket: config.bucket, Key: markKeyOf(tenant.name), Body: mark }));
}
