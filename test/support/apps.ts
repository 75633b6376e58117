/** Deploys as tests make them: a small source as a tarball, sent as curl sends it, and followed until it is decided. */
import { readFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, vi } from "vitest";
import { z } from "zod";
import type { Api } from "./api.ts";
import type { Answer } from "./http.ts";

/** Longer than a build of a test app takes on a busy machine. */
const DECIDED_WITHIN_MS = 150_000;
const ASK_EVERY_MS = 300;

export const itemSchema = z.looseObject({
  id: z.uuid(),
  app_id: z.string(),
  status: z.string(),
  url: z.url(),
  env: z.record(z.string(), z.string()),
  queue_position: z.number().nullish(),
  failure: z.looseObject({ reason: z.string(), hint: z.string(), last_lines: z.string() }).nullish(),
});
export type Item = z.infer<typeof itemSchema>;
const deploySchema = z.looseObject({ ok: z.literal(true), item: itemSchema });

export type Files = Readonly<Record<string, string>>;

/** A gzip'd tar of these files, made by the system's own tar. */
export async function tarballOf(files: Files): Promise<Blob> {
  const script = Object.keys(files).map(
    (path) => `mkdir -p "$(dirname "$D/${path}")"; printf '%s' "$F${Object.keys(files).indexOf(path)}" > "$D/${path}"`,
  );
  const env = Object.fromEntries(Object.values(files).map((text, index) => [`F${index}`, text]));
  const { stdout } = await execa("bash", ["-ec", `D=$(mktemp -d); trap 'rm -r "$D"' EXIT; ${script.join("; ")}; tar -czf - -C "$D" .`], {
    env,
    encoding: "buffer",
  });
  return new Blob([Buffer.from(stdout)], { type: "application/gzip" });
}

type Deploy = { files?: Files; tarball?: Blob; name?: string; fields?: Readonly<Record<string, string>> };

/** `POST /deploy/new`; the tarball comes first, as in the documentation. */
export async function postDeploy(api: Api, bearer: { Authorization: string }, deploy: Deploy): Promise<Answer> {
  const form = new FormData();
  const tarball = deploy.tarball ?? (deploy.files === undefined ? undefined : await tarballOf(deploy.files));
  if (tarball !== undefined) form.set("tarball", tarball, "app.tar.gz");
  for (const [field, value] of Object.entries({ name: deploy.name ?? "app", ...deploy.fields })) form.set(field, value);
  const request = new Request(`${api.url}/deploy/new`, { method: "POST", body: form });
  const body = new Uint8Array(await request.arrayBuffer());
  return api.call("POST", "/deploy/new", { headers: { ...bearer, "Content-Type": request.headers.get("content-type") ?? "" }, body });
}

/** @returns the item of a 202 */
export function accepted(answer: Answer): Item {
  expect(answer.status, answer.text).toBe(202);
  return deploySchema.parse(answer.body).item;
}

export async function itemOf(api: Api, bearer: { Authorization: string }, id: string): Promise<Item> {
  const answer = await api.call("GET", `/deploy/${id}`, { headers: bearer });
  expect(answer.status, answer.text).toBe(200);
  return deploySchema.parse(answer.body).item;
}

/** Asks until the deployment is `healthy`, `failed` or `stopped`. */
export function decided(api: Api, bearer: { Authorization: string }, id: string): Promise<Item> {
  const look = async (): Promise<Item> => {
    const item = await itemOf(api, bearer, id);
    expect(["healthy", "failed", "stopped"], `the deployment is ${item.status}`).toContain(item.status);
    return item;
  };
  return vi.waitFor(look, { timeout: DECIDED_WITHIN_MS, interval: ASK_EVERY_MS });
}

export type AppAnswer = { status: number; text: string };

/** One request to an app's address, as a client that trusts the local root certificate. */
export function askApp(url: string, caFile: string, options: RequestOptions & { body?: string } = {}): Promise<AppAnswer> {
  const { hostname, port, pathname, host } = new URL(url);
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      // The names resolve to this machine, which Node does not know by itself.
      {
        host: "127.0.0.1",
        port,
        path: pathname,
        servername: hostname,
        ca: readFileSync(caFile),
        ...rest,
        headers: { host, ...rest.headers },
      },
      (answer) => {
        text(answer).then((read) => resolve({ status: answer.statusCode ?? 0, text: read }), reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** A gzip'd tar of one of the examples. */
export async function exampleTarball(name: string): Promise<Blob> {
  const folder = fileURLToPath(new URL(`../../examples/deploy/${name}`, import.meta.url));
  const { stdout } = await execa("tar", ["-czf", "-", "-C", folder, "."], { encoding: "buffer" });
  return new Blob([Buffer.from(stdout)], { type: "application/gzip" });
}

/** A server that answers every request with this text. */
export const answering = (answer: string): Files => ({
  Dockerfile: 'FROM node:20\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
  "server.js": `require("http").createServer((q, a) => a.end(${JSON.stringify(answer)})).listen(process.env.PORT)`,
});
