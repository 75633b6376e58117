/** The parts of the 201 answer of a create. */
import { z } from "@hono/zod-openapi";
import { ENV_DEFAULT } from "../../../contract/names.ts";
import { tierSchema } from "../../../contract/plans.ts";
import { DOCUMENTED_URL } from "../openapi.ts";

const CLAIM_LINK = `${DOCUMENTED_URL}/start?t=eyJhbGciOiJFZERTQSJ9…`;

/** The fields of every kind. */
export const provisionedFields = {
  ok: z.literal(true),
  id: z.uuid().openapi({ example: "3f0e0c8e-1a52-4a7b-8f0f-5d2b7c8d9e10" }),
  token: z.uuid().openapi({ description: "A credential: it opens this resource.", example: "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d" }),
  name: z.string().openapi({ example: "prod-db" }),
  tier: z.enum(tierSchema.options).openapi({ example: "anonymous" }),
  env: z.string().openapi({ example: ENV_DEFAULT }),
  env_override_reason: z.literal("default_no_env_specified").optional().openapi({ description: "Present when no env was sent." }),
  note: z.string().optional(),
  upgrade: z
    .string()
    .optional()
    .openapi({ description: "The link with which a person claims this resource. It contains a claim-only JWT.", example: CLAIM_LINK }),
  upgrade_jwt: z
    .string()
    .optional()
    .openapi({ description: "Pass it to /claim with an e-mail address. Keep it: it opens this resource for 7 days." }),
  claim_url: z.string().optional().openapi({ description: "The same link as `upgrade`.", example: CLAIM_LINK }),
  expires_at: z.iso.datetime().optional().openapi({ description: "Absent when the resource does not expire." }),
  cold: z.boolean().optional().openapi({ description: "True when no ready-made resource was available." }),
  ignored_fields: z.array(z.string()).optional().openapi({ description: "The unknown keys of the body, sorted." }),
};

export const provisionedDatabaseSchema = z
  .object({
    ...provisionedFields,
    connection_url: z.string().openapi({
      description: "Works now: the platform has connected with it before this answer.",
      example: "postgres://u_7f3a:…@pg.instanode.dev:5432/d_7f3a?sslmode=require",
    }),
    internal_url: z.string().openapi({ description: "The address for apps inside our cluster." }),
    limits: z.object({
      storage_mb: z.number().int().openapi({ example: 10 }),
      connections: z.number().int().openapi({ example: 2 }),
      expires_in: z.string().optional().openapi({ example: "24h" }),
    }),
  })
  .openapi("ProvisionedDatabase");

export const provisionedCacheSchema = z
  .object({
    ...provisionedFields,
    connection_url: z.string().openapi({
      description: "Works now: the platform has connected with it before this answer.",
      example: "redis://t_7f3a:…@redis.instanode.dev:6379",
    }),
    internal_url: z.string().openapi({ description: "The address for apps inside our cluster." }),
    key_prefix: z.string().openapi({
      description: "Start every key and every channel with it; all others are refused.",
      example: "t_7f3a:",
    }),
    limits: z.object({
      memory_mb: z.number().int().openapi({ example: 5 }),
      expires_in: z.string().optional().openapi({ example: "24h" }),
    }),
  })
  .openapi("ProvisionedCache");
