/** The body every provisioning route takes, read in one place. Source: PRODUCT "name", "body parsing", "replays"; live-api 2.8. */
import { z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../../contract/errors.ts";
import { ENV_DEFAULT, envSchema, nameSchema } from "../../../contract/names.ts";
import { ApiError } from "../../errors.ts";
import type { AppContext } from "../../http.ts";
import { readIdempotencyKey } from "../../middleware/idempotency-key.ts";
import { canonicalJson, type JsonObject, readJsonObject } from "../../middleware/json-body.ts";

export const provisionBodySchema = z
  .object({
    name: z.string().min(1).max(64).openapi({
      description: "The label shown in the dashboard and in lists; surrounding white space is dropped.",
      pattern: "^[A-Za-z0-9][A-Za-z0-9 _-]*$",
      example: "prod-db",
    }),
    env: z.string().optional().openapi({
      description: "A stage of your own; it changes no limit. `?env=` beats it.",
      pattern: "^[a-z0-9-]{1,32}$",
      default: ENV_DEFAULT,
      example: "development",
    }),
  })
  .openapi("ProvisionRequest", { description: "Keys it does not know are accepted and named in `ignored_fields`." });

/** The documented query and header of every provisioning route. */
export const provisionParameters = {
  query: z.object({ env: z.string().optional().openapi({ description: "Beats `env` in the body." }) }),
  headers: z.object({
    "Idempotency-Key": z.string().optional().openapi({
      description:
        "Makes a retry safe: the same key and body answer alike for 24 hours. A UUID, or at least 32 characters. See /docs/idempotency.",
      // No example: a published key is a guessable one, and the interactive reference would send it.
    }),
  }),
};

/** What a create needs of its request, whatever the kind. */
export type ProvisionRequest = {
  name: string;
  env: string;
  envWasSent: boolean;
  /** Sorted. */
  ignoredFields: string[];
  idempotencyKey: string | null;
  /** Equal for equal requests, however they are written. */
  canonicalBody: string;
  /** The body itself, for what only one kind reads. */
  body: JsonObject;
};

/**
 * @param knownFields the body's keys this kind has a use for
 * @throws ApiError with the code of the first thing that is wrong: key, body, name, env
 */
export async function readProvisionRequest(
  c: AppContext,
  knownFields: readonly string[] = Object.keys(provisionBodySchema.shape),
): Promise<ProvisionRequest> {
  const idempotencyKey = readIdempotencyKey(c.req.raw.headers, c.var.ctx.actor);
  const body = await readJsonObject(c.req.raw);
  const name = readName(body);
  const sentEnv = c.req.query("env") ?? ownValue(body, "env");
  const env = readEnv(sentEnv);
  return {
    name,
    env,
    envWasSent: isSent(sentEnv),
    ignoredFields: Object.keys(body)
      .filter((key) => !knownFields.includes(key))
      .sort(),
    idempotencyKey,
    canonicalBody: canonicalJson({ body, env }),
    body,
  };
}

function readName(body: JsonObject): string {
  const value = ownValue(body, "name");
  if (!isSent(value) || (typeof value === "string" && value.trim() === "")) throw new ApiError("name_required");
  return parsed(nameSchema, value, "invalid_name");
}

function readEnv(value: unknown): string {
  return isSent(value) ? parsed(envSchema, value, "invalid_env") : ENV_DEFAULT;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, refusal: ErrorCode): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new ApiError(refusal);
  return result.data;
}

/** A key set to null is a key left out. */
function isSent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Only what the caller wrote: `{}` has no "constructor". */
export function ownValue(body: JsonObject, key: string): unknown {
  return Object.hasOwn(body, key) ? body[key] : undefined;
}
