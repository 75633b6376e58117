/** `GET /api/v1/deployments/{id}/metrics`: processor, memory, restarts, requests and their latency, minute by minute. */
import { z } from "@hono/zod-openapi";
import { appMetricsSchema, appMinuteSchema, METRICS_MINUTES } from "../../../contract/app-metrics.ts";
import { readMetrics } from "../../services/deploys/metrics.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { json, refusals } from "../openapi.ts";
import { DEPLOYMENT_REFUSALS, deploymentParameters, onBothPrefixes } from "./deployment.ts";

const metricsAnswerSchema = z
  .strictObject({
    ok: z.literal(true),
    id: z.uuid(),
    app_id: z.string(),
    ...appMetricsSchema.shape,
    minutes: z.array(appMinuteSchema).max(METRICS_MINUTES),
  })
  .openapi("DeploymentMetrics");

export const deploymentMetrics = onBothPrefixes(
  "/metrics",
  {
    method: "get",
    summary: "Read the metrics of a deployment",
    description:
      "The last hour, minute by minute: processor time and memory of the app, answers by class of their status, and their latency. `minutes` is empty until the first deploy has begun. A restart of the platform forgets what was measured before.",
    operationId: "deploymentMetrics",
    security: ACCOUNT_SECURITY,
    request: deploymentParameters,
    responses: {
      200: json("The last hour.", metricsAnswerSchema),
      ...refusals(...DEPLOYMENT_REFUSALS, "fetch_failed"),
    },
  },
  { access: "account_read", rate: "counted" },
  async (c, input) => {
    const { service, metrics } = await readMetrics({ ctx: c.var.ctx, input: { id: input.params().id } });
    const { minutes = [], restarts = 0, limits = null } = metrics ?? {};
    return c.json({ ok: true as const, id: service.id, app_id: service.app_id, minutes, restarts, limits }, 200);
  },
);
