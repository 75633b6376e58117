/** Deploys as tests make them. */
import { z } from "zod";
import type { Api } from "./api.ts";
import type { Answer } from "./http.ts";

const BOUNDARY = "----instanode-test";

/** A form; the tarball first, as the documented curl sends it. */
export function formOf(fields: Readonly<Record<string, string>>, tarball: Uint8Array | null = new Uint8Array([31, 139, 8, 0])): Buffer {
  const head = (rest: string) => Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${rest}\r\n`);
  const file =
    tarball === null
      ? []
      : [
          head('name="tarball"; filename="app.tar.gz"'),
          Buffer.from("Content-Type: application/gzip\r\n\r\n"),
          tarball,
          Buffer.from("\r\n"),
        ];
  const texts = Object.entries(fields).flatMap(([name, text]) => [head(`name="${name}"`), Buffer.from(`\r\n${text}\r\n`)]);
  return Buffer.concat([...file, ...texts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

const itemSchema = z.looseObject({
  id: z.uuid(),
  app_id: z.string(),
  url: z.string(),
  status: z.string(),
  env: z.record(z.string(), z.string()),
  release: z.number(),
  current_release: z.number().nullable(),
  queue_position: z.number().nullable(),
  private: z.boolean(),
  allowed_ips: z.array(z.string()),
  notify_state: z.string(),
  notify_attempts: z.number(),
  failure: z.looseObject({ reason: z.string() }).optional(),
});
export const deployedSchema = z.looseObject({ ok: z.literal(true), item: itemSchema, redeployed: z.boolean() });
export type DeployedItem = z.infer<typeof itemSchema>;

export function deploy(
  api: Api,
  headers: Record<string, string>,
  fields: Readonly<Record<string, string>>,
  tarball?: Uint8Array | null,
): Promise<Answer> {
  const type = { "Content-Type": `multipart/form-data; boundary=${BOUNDARY}` };
  return api.call("POST", "/deploy/new", { headers: { ...type, ...headers }, body: formOf(fields, tarball) });
}
