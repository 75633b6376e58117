/** An app and its build that try connections: its source with the targets of the build, and what it answers. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { askApp, type Files } from "../apps.ts";

export type Target = { host: string; port: number; protocol?: "tcp" | "udp" };

const triesSchema = z.array(z.object({ answer: z.string(), ms: z.number() }));
const builtSchema = z.object({
  tries: triesSchema,
  addresses: z.array(z.string()),
  processes: z.number(),
  status: z.string(),
  cgroups: z.string(),
  npm: z.string(),
});
const seenSchema = z.object({
  gateway: z.ipv4(),
  mounts: z.string(),
  unixSockets: z.string(),
  sockets: z.array(z.string()),
  processes: z.number(),
  status: z.string(),
  uidMap: z.string(),
  cgroups: z.string(),
});
const heldSchema = z.object({ opened: z.number(), codes: z.record(z.string(), z.number()), waiting: z.number() });

const SOURCES = ["Dockerfile", "tries.mjs", "build.mjs", "server.mjs"];

/** @param targets what the build tries */
export function proberFiles(targets: readonly Target[] = []): Files {
  const sources = SOURCES.map((name) => [name, readFileSync(new URL(name, import.meta.url), "utf8")]);
  return { ...Object.fromEntries(sources), "targets.json": JSON.stringify(targets) };
}

export type Prober = ReturnType<typeof proberAt>;

/** The running app at this address. */
export function proberAt(url: string, caFile: string) {
  const ask = async <T>(path: string, schema: z.ZodType<T>, body: unknown = {}): Promise<T> => {
    const { text } = await askApp(new URL(path, url).href, caFile, { method: "POST", body: JSON.stringify(body) });
    return schema.parse(JSON.parse(text));
  };
  return {
    tries: (targets: readonly Target[]) => ask("/tries", triesSchema, targets),
    built: () => ask("/built", builtSchema),
    sees: () => ask("/sees", seenSchema),
    /** Opens `count` connections in batches; `waitMs` after the last batch is how long it waits for those without an answer. */
    hold: (order: { host: string; port: number; count: number; perBatch: number; batchMs: number; waitMs: number }) =>
      ask("/hold", heldSchema, order),
    release: () => ask("/release", z.object({})),
  };
}
