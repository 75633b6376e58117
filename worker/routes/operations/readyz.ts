/** `GET /readyz`: every upstream, and whether a failed one is critical. */
import { createRoute, z } from "@hono/zod-openapi";
import { checkSchema, readinessSchema } from "../../../contract/readiness.ts";
import { readReadiness } from "../../services/readiness.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

const check = z.object(checkSchema.shape).openapi("ReadinessCheck");
const schema = z.object({ ...readinessSchema.shape, checks: z.record(z.string(), check) }).openapi("Readiness", {
  example: {
    ok: true,
    overall: "ok",
    commit_id: "abc1234",
    checks: {
      platform_db: { status: "ok", latency_ms: 4, last_checked: "2026-11-20T08:00:00.000Z" },
      provisioner_grpc: { status: "ok", latency_ms: 12, last_checked: "2026-11-20T08:00:00.000Z" },
    },
  },
});

const route = createRoute({
  method: "get",
  path: "/readyz",
  tags: ["Operations"],
  summary: "The readiness matrix",
  description:
    "`platform_db` and `provisioner_grpc` are critical: a failed one answers 503. Any other only degrades. Cached for 12 seconds.",
  operationId: "readiness",
  security: [],
  responses: { 200: json("Ready, or degraded.", schema), 503: json("A critical check failed.", schema), ...refusals() },
});

export const readiness = endpoint(route, { access: "open", rate: "counted" }, async (c) => {
  const matrix = await readReadiness(c.var.ctx.deps);
  return c.json(matrix, matrix.ok ? 200 : 503);
});
