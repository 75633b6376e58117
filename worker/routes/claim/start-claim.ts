/** `GET /start`: the target of `upgrade` and `claim_url`. It redirects for any token; the claim page checks it. */
import { createRoute, z } from "@hono/zod-openapi";
import { endpoint } from "../endpoint.ts";
import { refusals } from "../openapi.ts";

const route = createRoute({
  method: "get",
  path: "/start",
  tags: ["Claim"],
  summary: "Begin a claim",
  operationId: "startClaim",
  security: [],
  request: { query: z.object({ t: z.string().optional().openapi({ description: "A claim-only JWT." }) }) },
  responses: { 302: { description: "To the claim page." }, ...refusals() },
});

export const startClaim = endpoint(route, { access: "open", rate: "counted" }, (c, input) => {
  const { t: token } = input.query();
  return c.redirect(token === undefined ? "/claim" : `/claim?t=${encodeURIComponent(token)}`, 302);
});
