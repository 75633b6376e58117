/** A MongoDB database with a user of its own. */
import { z } from "zod";
import { type Kind, urls } from "./kind.ts";

const urlSchema = z.object({ connection_url: z.string() });

export const mongodb = {
  home: "mongodb",
  path: "/nosql/new",
  limits: {
    answer: { storage_mb: "mongodb_storage_mb", connections: "mongodb_connections" },
    tenant: { storage_mb: "mongodb_storage_mb", connections: "mongodb_connections" },
    priced: { MongoDB: ["mongodb_storage_mb", "mongodb_connections"] },
  },
  credentials: z.object(urls),
  secret: "password",
  variables: { names: ["`MONGODB_URI`"], of: (fields) => ({ MONGODB_URI: urlSchema.parse(fields).connection_url }) },
  words: { label: "MongoDB", what: "A document database with a user of its own.", example: "events-store" },
  tryIt: ({ connection_url }) => `mongosh "${connection_url}"`,
} as const satisfies Kind;
