/** The registration of the engines: a new engine is its folder and a line here. */
import type { EngineName } from "../../contract/engines.ts";
import type { EngineEntry } from "./entry.ts";
import { mongodb } from "./mongodb/index.ts";
import { nats } from "./nats/index.ts";
import { postgres } from "./postgres/index.ts";
import { redis } from "./redis/index.ts";
import { s3 } from "./s3/index.ts";

export const ENGINE_ENTRIES: readonly EngineEntry[] = [postgres, redis, nats, mongodb, s3];

/** The engines whose tenants may be made in advance. */
export const POOLED_ENGINES: readonly EngineName[] = ENGINE_ENTRIES.filter(({ isPooled }) => isPooled).map(({ name }) => name);

/** @throws Error for an engine that is not registered here */
export function engineEntry(name: EngineName): EngineEntry {
  const entry = ENGINE_ENTRIES.find((one) => one.name === name);
  if (entry === undefined) throw new Error(`the engine ${name} is not registered`);
  return entry;
}
