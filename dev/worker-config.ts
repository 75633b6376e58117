/** The part of wrangler.toml that the local stack needs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";
import { ROOT } from "./paths.ts";

/** The top level of the file is development. */
const wranglerSchema = z.object({
  name: z.string(),
  compatibility_date: z.iso.date(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.string()).default({}),
  assets: z.object({ binding: z.string() }).optional(),
  triggers: z.object({ crons: z.array(z.string()).default([]) }).default({ crons: [] }),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }).default({ bindings: [] }),
});

export interface DurableObjectBinding {
  binding: string;
  className: string;
}

export interface WorkerConfig {
  name: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  vars: Readonly<Record<string, string>>;
  durableObjects: readonly DurableObjectBinding[];
  crons: readonly string[];
  assetsBinding: string | undefined;
}

/** @throws ZodError when the file has another shape */
export function readWorkerConfig(): WorkerConfig {
  const config = wranglerSchema.parse(parse(readFileSync(join(ROOT, "wrangler.toml"), "utf8")));
  return {
    name: config.name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    vars: config.vars,
    durableObjects: config.durable_objects.bindings.map(({ name, class_name }) => ({ binding: name, className: class_name })),
    crons: config.triggers.crons,
    assetsBinding: config.assets?.binding,
  };
}
