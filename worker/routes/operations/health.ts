/** `GET /healthz` and `GET /livez`: is the deployed build up. */
import { createRoute, z } from "@hono/zod-openapi";
import { healthSchema } from "../../../contract/readiness.ts";
import { isHealthy } from "../../services/readiness.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

const schema = z.object(healthSchema.shape).openapi("Health", {
  example: { ok: true, commit_id: "abc1234", build_time: "2026-11-20T08:00:00.000Z", version: "0.1.0" },
});

const healthRoute = createRoute({
  method: "get",
  path: "/healthz",
  tags: ["Operations"],
  summary: "Check the build and its database",
  operationId: "health",
  security: [],
  responses: {
    200: json("Both are up. `commit_id` names the deployed commit.", schema),
    503: json("The build is up, but its database does not answer; `ok` is false.", schema),
    ...refusals(),
  },
});

export const health = endpoint(healthRoute, { access: "open", rate: "counted" }, async (c) => {
  const { deps } = c.var.ctx;
  const { commitId, buildTime, version } = deps.build;
  const ok = await isHealthy(deps);
  return c.json({ ok, commit_id: commitId, build_time: buildTime, version }, ok ? 200 : 503);
});

const liveRoute = createRoute({
  method: "get",
  path: "/livez",
  tags: ["Operations"],
  summary: "Check that the process is alive",
  operationId: "live",
  security: [],
  responses: { 200: json("It is alive.", z.object({ alive: z.literal(true) }).openapi("Live")), ...refusals() },
});

export const live = endpoint(liveRoute, { access: "open", rate: "exempt" }, (c) => c.json({ alive: true as const }, 200));
