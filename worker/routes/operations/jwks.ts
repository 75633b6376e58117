/** The public keys: of the tokens callers hold, and of the jobs the bridge takes. */
import { createRoute, z } from "@hono/zod-openapi";
import { publicJwksSchema } from "../../crypto/signing-keys.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

const schema = z.object(publicJwksSchema.shape).openapi("JsonWebKeySet");
/** Short, so that a new key is known before it signs anything that must be checked. */
const CACHE = { "Cache-Control": "public, max-age=300" };

const tokenKeysRoute = createRoute({
  method: "get",
  path: "/.well-known/jwks.json",
  tags: ["Operations"],
  summary: "The keys upgrade and claim JWTs are signed with",
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
  summary: "The keys jobs for the provisioner are signed with",
  operationId: "jobKeys",
  security: [],
  responses: { 200: json("Public Ed25519 keys.", schema), ...refusals() },
});

export const jobKeys = endpoint(jobKeysRoute, { access: "open", rate: "counted" }, (c) =>
  c.json(c.var.ctx.deps.jobKeys.publicJwks(), 200, CACHE),
);
