/** `POST /api/v1/resources/{token}/pause` and `/resume`: suspends a resource without deleting it, and resumes it. */
import { createRoute, z } from "@hono/zod-openapi";
import { pauseResource, resumeResource } from "../../services/resources/pause.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { resourceItemSchema } from "./get-resource.ts";
import { RESOURCE_PATH, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters } from "./resource-path.ts";

/** By the current state: another pause or resume may have followed. */
const MESSAGES = {
  paused: "Paused: connections are refused, and all data is kept. POST …/resume resumes it with the same URL and password.",
  active: "Active, with the same URL and password.",
};

const answerSchema = z
  .object({
    ok: z.literal(true),
    id: z.uuid(),
    token: z.uuid(),
    status: z.enum(["active", "paused"]),
    message: z.string(),
    resource: resourceItemSchema,
  })
  .openapi("PauseAnswer");
type Answer = z.infer<typeof answerSchema>;

const common = { method: "post" as const, tags: [RESOURCE_TAG], security: ACCOUNT_SECURITY, request: resourceParameters };
const RULES = { access: "account_write", rate: "counted" } as const;

const pauseRoute = createRoute({
  ...common,
  path: `${RESOURCE_PATH}/pause`,
  summary: "Suspend a resource without deleting it",
  description:
    "Its engine refuses logins, open sessions end, an inbox accepts no requests, and no URL is signed. Data, URL and password are kept, and it still counts against the team's limit. If a request is interrupted, the next one completes the change.",
  operationId: "pauseResource",
  responses: {
    200: json(
      "Its engine has paused it. `status` and `message` show the current state, which a later resume may have changed.",
      answerSchema,
    ),
    ...refusals(...RESOURCE_REFUSALS, "upgrade_required", "already_paused", "provider_failed"),
  },
});

export const pauseTeamResource = endpoint(pauseRoute, RULES, async (c, input) => {
  const resource = await pauseResource({ ctx: c.var.ctx, input: input.params() });
  return c.json(answer(resource), 200);
});

const resumeRoute = createRoute({
  ...common,
  path: `${RESOURCE_PATH}/resume`,
  summary: "Resume a paused resource",
  description: "URL and password stay the same. Works on every tier.",
  operationId: "resumeResource",
  responses: {
    200: json(
      "Its engine has resumed it. `status` and `message` show the current state, which a later pause may have changed.",
      answerSchema,
    ),
    ...refusals(...RESOURCE_REFUSALS, "not_paused", "provider_failed"),
  },
});

export const resumeTeamResource = endpoint(resumeRoute, RULES, async (c, input) => {
  const resource = await resumeResource({ ctx: c.var.ctx, input: input.params() });
  return c.json(answer(resource), 200);
});

function answer(resource: Answer["resource"]): Answer {
  const { id, token, status } = resource;
  return { ok: true, id, token, status, message: MESSAGES[status], resource };
}
