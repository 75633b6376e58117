/** What each kind is called on pages, and what it is good for. Paths and limits stand in contract/kinds.ts. */
import { KINDS } from "../../contract/kinds.ts";
import type { ResourceKind } from "../../contract/names.ts";

type KindWords = { label: string; what: string; example: string };

export const KIND_WORDS: Record<ResourceKind, KindWords> = {
  postgres: { label: "Postgres", what: "A database of its own, pgvector included.", example: "prod-db" },
  vector: { label: "Vector", what: "Postgres for embeddings, with pgvector on.", example: "embeddings" },
  redis: { label: "Redis", what: "A cache with a user and a key prefix of its own.", example: "sessions-cache" },
  mongodb: { label: "MongoDB", what: "A document database with a user of its own.", example: "events-store" },
  queue: { label: "Queue", what: "NATS JetStream, an account of its own.", example: "jobs-queue" },
  storage: { label: "Storage", what: "A prefix of an S3 bucket, for any S3 client.", example: "uploads-bucket" },
  webhook: { label: "Webhook inbox", what: "A public URL that keeps every request it gets.", example: "github-webhook" },
};

/** The curl that makes one, as the documentation prints it. */
export function createCurl(publicUrl: string, kind: ResourceKind): string {
  return `curl -X POST ${publicUrl}${KINDS[kind].path} \\
  -H "Content-Type: application/json" \\
  -d '{"name":"${KIND_WORDS[kind].example}"}'`;
}
