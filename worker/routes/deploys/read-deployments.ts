/** Reading deployments: one, the team's, the releases and the timeline of one. */
import { createRoute, z } from "@hono/zod-openapi";
import { failureReasonSchema, sourceSchema } from "../../../contract/deploys.ts";
import { findDeployment } from "../../services/deploys/find.ts";
import { answerOf } from "../../services/deploys/item.ts";
import { listDeployments, readEvents } from "../../services/deploys/read.ts";
import { readReleases } from "../../services/deploys/releases.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { endpoint } from "../endpoint.ts";
import { parameter } from "../field.ts";
import { json, refusals } from "../openapi.ts";
import { CURSOR, cursorOf, readCursor } from "../resources/cursor.ts";
import {
  DEPLOY_TAG,
  DEPLOYMENT_REFUSALS,
  deployAnswerSchema,
  deployItemSchema,
  deploymentParameters,
  onBothPrefixes,
} from "./deployment.ts";

const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;
const READ = { access: "account_read", rate: "counted" } as const;
const FOUND = "The deployment as it is now.";

/** A number outside its range counts as the nearest one inside. */
const limit = parameter(
  z.coerce
    .number()
    .int()
    .optional()
    .openapi({ description: `1 to ${LIMIT_MAX}; ${LIMIT_DEFAULT} when left out.` }),
  "must be a whole number",
  z.coerce
    .number()
    .int()
    .transform((value) => Math.min(LIMIT_MAX, Math.max(1, value)))
    .optional(),
);

export const getDeployment = onBothPrefixes(
  "",
  {
    method: "get",
    summary: "Get one deployment",
    description: "Its status, URL, newest release and, after a failure, what to change. Also under `/deploy/{id}`, as all its routes.",
    operationId: "getDeployment",
    security: ACCOUNT_SECURITY,
    request: deploymentParameters,
    responses: { 200: json("The deployment.", deployAnswerSchema), ...refusals(...DEPLOYMENT_REFUSALS) },
  },
  READ,
  async (c, input) => {
    const { ctx } = c.var;
    return c.json(await answerOf(ctx, await findDeployment(ctx, input.params().id), { note: FOUND }), 200);
  },
);

const pageSchema = z
  .object({
    ok: z.literal(true),
    items: z.array(deployItemSchema),
    total: z.number().int().openapi({ description: "The number of deployments that match, on all pages." }),
    next_cursor: z.string().nullable(),
  })
  .openapi("DeploymentPage");

const cursor = parameter(
  z.string().regex(CURSOR).transform(readCursor).optional().openapi({ description: "The `next_cursor` of the previous page." }),
  "must be the next_cursor of the page before",
);

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/deployments",
  tags: [DEPLOY_TAG],
  summary: "List the team's deployments",
  description: "Newest first.",
  operationId: "listDeployments",
  security: ACCOUNT_SECURITY,
  request: {
    query: z.object({
      limit,
      cursor,
      before: cursor,
      env: parameter(z.string().optional().openapi({ description: "Only this environment." }), "must be one env"),
    }),
  },
  responses: {
    200: json("One page.", pageSchema),
    ...refusals("invalid_query", "unauthorized", "insufficient_scope", "service_disabled", "lookup_failed"),
  },
});

export const listTeamDeployments = endpoint(listRoute, READ, async (c, input) => {
  const query = input.query();
  const before = query.cursor ?? query.before ?? null;
  const { items, total, next } = await listDeployments({
    ctx: c.var.ctx,
    input: { limit: query.limit ?? LIMIT_DEFAULT, before, environment: query.env ?? null },
  });
  return c.json({ ok: true as const, items, total, next_cursor: next === null ? null : cursorOf(next) }, 200);
});

const eventsSchema = z
  .object({
    ok: z.literal(true),
    deployment_id: z.uuid(),
    count: z.number().int(),
    events: z.array(
      z.object({
        kind: z.string().openapi({
          description: "`building`, `deploying`, `healthy`, `failed`, `stopping`, `stopped`, `deleting`, `expired`.",
          example: "failed",
        }),
        release: z.number().int().nullable(),
        reason: z.enum(failureReasonSchema.options).nullable(),
        exit_code: z.number().int().nullable(),
        event: z.string().nullable(),
        last_lines: z.string().openapi({ description: "The end of the log that explains a failure." }),
        hint: z.string().nullable(),
        created_at: z.iso.datetime(),
      }),
    ),
  })
  .openapi("DeploymentEvents");

export const deploymentEvents = onBothPrefixes(
  "/events",
  {
    method: "get",
    summary: "Get the timeline of a deployment",
    description: "Newest first, with the reason, the exit code, the last lines and a hint of every failure.",
    operationId: "listDeploymentEvents",
    security: ACCOUNT_SECURITY,
    request: { ...deploymentParameters, query: z.object({ limit }) },
    responses: { 200: json("The events.", eventsSchema), ...refusals(...DEPLOYMENT_REFUSALS, "invalid_query") },
  },
  READ,
  async (c, input) => {
    const { id } = input.params();
    const { service, events } = await readEvents({ ctx: c.var.ctx, input: { id, limit: input.query().limit ?? LIMIT_DEFAULT } });
    const shown = events.map(({ kind, release, failure, created_at }) => ({
      kind,
      release,
      reason: failure?.reason ?? null,
      exit_code: failure?.exit_code ?? null,
      event: failure?.event ?? null,
      last_lines: failure?.last_lines ?? "",
      hint: failure?.hint ?? null,
      created_at: created_at.toISOString(),
    }));
    return c.json({ ok: true as const, deployment_id: service.id, count: shown.length, events: shown }, 200);
  },
);

const releasesSchema = z
  .object({
    ok: z.literal(true),
    deployment_id: z.uuid(),
    items: z.array(
      z.object({
        release: z.number().int(),
        state: z.enum(["building", "deploying", "live", "superseded", "failed"]),
        current: z.boolean(),
        can_roll_back: z.boolean().openapi({ description: "Its image is kept: `POST …/rollback` with its number runs it again." }),
        image_of: z.number().int().nullable().openapi({ description: "The release that built its image; null when it was built itself." }),
        source: z.object({ sha256: z.string(), bytes: z.number().int(), recipe: z.enum(sourceSchema.shape.recipe.options) }).nullable(),
        error: z.string().optional(),
        created_by: z.uuid().nullable(),
        created_at: z.iso.datetime(),
        ended_at: z.iso.datetime().nullable(),
      }),
    ),
  })
  .openapi("DeploymentReleases");

export const deploymentReleases = onBothPrefixes(
  "/releases",
  {
    method: "get",
    summary: "List the releases of a deployment",
    description: "Newest first. The images of the last five builds are kept.",
    operationId: "listReleases",
    security: ACCOUNT_SECURITY,
    request: { ...deploymentParameters, query: z.object({ limit }) },
    responses: { 200: json("The releases.", releasesSchema), ...refusals(...DEPLOYMENT_REFUSALS, "invalid_query") },
  },
  READ,
  async (c, input) => {
    const { id } = input.params();
    const { service, releases } = await readReleases({ ctx: c.var.ctx, input: { id, limit: input.query().limit ?? LIMIT_DEFAULT } });
    const items = releases.map((one) => ({
      release: one.number,
      state: one.state,
      current: one.isCurrent,
      can_roll_back: one.canRollBack,
      image_of: one.image_of,
      source: one.source === null ? null : { sha256: one.source.sha256, bytes: one.source.bytes, recipe: one.source.recipe },
      ...(one.failure === null ? {} : { error: one.failure.event }),
      created_by: one.created_by,
      created_at: one.created_at.toISOString(),
      ended_at: one.ended_at?.toISOString() ?? null,
    }));
    return c.json({ ok: true as const, deployment_id: service.id, items }, 200);
  },
);
