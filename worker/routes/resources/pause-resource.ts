/** `POST /api/v1/resources/{token}/pause` and `/resume`: suspended without being deleted, and taken up again. Source: live-api 1.4. */
import { createRoute, z } from "@hono/zod-openapi";
import { pauseResource, resumeResource } from "../../services/resources/pause.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { resourceItemSchema } from "./get-resource.ts";
import { RESOURCE_PATH, RESOURCE_REFUSALS, RESOURCE_TAG, resourceParameters } from "./resource-path.ts";

/** As it is now: another pause or resume may have come after the one that is answered. */
const MESSAGES = {
  paused: "Paused: nobody is let in, everything is kept. POST …/resume takes it up again with the same URL and password.",
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
    "Its engine refuses logins, open sessions end, an inbox takes no posts, nothing is signed. Data, URL and password are kept, and it still counts against the team's room. A try that was cut off is taken up by the next one.",
  operationId: "pauseResource",
  responses: {
    200: json(
      "It was so on its engine; `status` and `message` say what it is now, which a resume may have changed meanwhile.",
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
  summary: "Take up a paused resource again",
  description: "With the same URL and password, whatever the team's tier is now.",
  operationId: "resumeResource",
  responses: {
    200: json(
      "It was so on its engine; `status` and `message` say what it is now, which a pause may have changed meanwhile.",
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
