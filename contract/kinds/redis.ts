/** A Redis user with a key prefix of its own. */
import { z } from "zod";
import { type Kind, urls } from "./kind.ts";

const variablesSchema = z.object({ connection_url: z.string(), key_prefix: z.string() });

export const redis = {
  home: "redis",
  path: "/cache/new",
  limits: {
    answer: { memory_mb: "redis_memory_mb" },
    tenant: { storage_mb: "redis_memory_mb" },
    priced: { Redis: ["redis_memory_mb"] },
  },
  credentials: z.object({ ...urls, key_prefix: z.string() }),
  secret: "password",
  note: "The server is shared: keys begin with key_prefix, and Lua scripts (EVAL) are refused, so libraries that need them, such as BullMQ, do not work.",
  variables: {
    names: ["`REDIS_URL`"],
    of: (fields) => {
      const { connection_url, key_prefix } = variablesSchema.parse(fields);
      return { REDIS_URL: connection_url, REDIS_KEY_PREFIX: key_prefix };
    },
  },
  words: { label: "Redis", what: "A cache with a user and a key prefix of its own.", example: "sessions-cache" },
  tryIt: ({ connection_url, key_prefix }) => `redis-cli -u "${connection_url}" set "${key_prefix}greeting" hello`,
  fields: { hints: { key_prefix: "goes before every key" } },
} as const satisfies Kind;
