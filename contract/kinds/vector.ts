/** A Postgres database for embeddings. */
import type { Kind } from "./kind.ts";
import { database } from "./postgres.ts";

export const vector = {
  ...database,
  path: "/vector/new",
  limits: {
    answer: { storage_mb: "vector_storage_mb", connections: "vector_connections" },
    tenant: { storage_mb: "vector_storage_mb", connections: "vector_connections" },
    priced: { Vector: ["vector_storage_mb", "vector_connections"] },
  },
  words: { label: "Vector", what: "Postgres for embeddings, with pgvector on.", example: "embeddings" },
} as const satisfies Kind;
