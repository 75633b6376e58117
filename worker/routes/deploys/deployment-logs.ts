/** `GET /api/v1/deployments/{id}/logs`: the build's log, then the app's, as server-sent events. */
import { z } from "@hono/zod-openapi";
import { LOG_TAIL_MAX_LINES } from "../../../contract/service-jobs.ts";
import { openLogs } from "../../services/deploys/logs.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { parameter } from "../field.ts";
import { refusals } from "../openapi.ts";
import { DEPLOYMENT_REFUSALS, deploymentParameters, onBothPrefixes } from "./deployment.ts";

const EVENT_ID_MAX_CHARACTERS = 64;
const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  // Proxies that buffer would hold lines back.
  "X-Accel-Buffering": "no",
};
const NOTHING = "data: [end]\n\n";

export const deploymentLogs = onBothPrefixes(
  "/logs",
  {
    method: "get",
    summary: "Follow the logs of a deployment",
    description:
      "The build while it builds, then the app. Each line is an event with an id; a client that comes back sends the last one as `Last-Event-ID`. Ends with `data: [end]`.",
    operationId: "deploymentLogs",
    security: ACCOUNT_SECURITY,
    request: {
      ...deploymentParameters,
      query: z.object({
        source: parameter(z.enum(["build", "run"]).optional(), "must be build or run"),
        tail: parameter(
          z.coerce
            .number()
            .int()
            .min(0)
            .max(LOG_TAIL_MAX_LINES)
            .optional()
            .openapi({ description: "Only so many of the newest lines come first." }),
          `must be a whole number from 0 to ${LOG_TAIL_MAX_LINES}`,
        ),
        follow: parameter(
          z.enum(["true", "false"]).optional().openapi({ description: "`false` ends after the lines that are there." }),
          "must be true or false",
        ),
      }),
      headers: z.object({ "Last-Event-ID": z.string().optional() }),
    },
    responses: {
      200: { description: "The lines.", content: { "text/event-stream": { schema: z.string() } } },
      ...refusals(...DEPLOYMENT_REFUSALS, "invalid_query", "too_many_log_readers", "fetch_failed"),
    },
  },
  { access: "account_read", rate: "counted" },
  async (c, input) => {
    const { source = null, tail = null, follow = "true" } = input.query();
    const after = input.headers()["Last-Event-ID"]?.slice(0, EVENT_ID_MAX_CHARACTERS) || null;
    const asked = { id: input.params().id, source, tail, after, follow: follow === "true", signal: c.req.raw.signal };
    const body = await openLogs({ ctx: c.var.ctx, input: asked });
    return new Response(body ?? NOTHING, { headers: HEADERS }) as never;
  },
);
