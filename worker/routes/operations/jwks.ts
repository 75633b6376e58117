/** The public keys for callers' tokens and for the bridge's jobs. */
import { createRoute, z } from "@hono/zod-openapi";
import { publicJwksSchema } from "../../crypto/signing-keys.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

const schema = z.object(publicJwksSchema.shape).openapi("JsonWebKeySet");
/** Short: verifiers know a new key before it signs anything. */
const CACHE = { "Cache-Control": "public, max-age=300" };

const tokenKeysRoute = createRoute({
  method: "get",
  path: "/.well-known/jwks.json",
  tags: ["Operations"],
  summary: "The public keys of upgrade and claim JWTs",
  operationId: "tokenKeys",
  security: [],
  responses: { 200: json("Public Ed25519 keys.", schema), ...refusals() },
});

export const tokenKeys = endpoint(tokenKeysRoute, { access: "open", rate: "counted" }, (c) =>
  c.json(c.var.ctx.deps.tokens.publicJwks(), 200, CACHE),
);

const jobKeysRoute = createRoute({
  method: "get",
  path: "/.well-known/jobs/jwks.json",
  tags: ["Operations"],
  summary: "The public keys of jobs for the provisioner",
  operationId: "jobKeys",
  security: [],
  responses: { 200: json("Public Ed25519 keys.", schema), ...refusals() },
});

export const jobKeys = endpoint(jobKeysRoute, { access: "open", rate: "counted" }, (c) =>
  c.json(c.var.ctx.deps.jobKeys.publicJwks(), 200, CACHE),
);
