/** The device flow of command-line tools. Source: live-api 18–20, PRODUCT "sessions and keys". */
import { createRoute, z } from "@hono/zod-openapi";
import { tierSchema } from "../../../contract/plans.ts";
import { ApiError } from "../../errors.ts";
import { endpoint } from "../../http.ts";
import { readJsonObject } from "../../middleware/json-body.ts";
import { approveLogin, beginLogin, pollLogin } from "../../services/auth/cli.ts";
import { json, refusals } from "../openapi.ts";
import { ACCOUNT_SECURITY } from "./session.ts";

const POLL_SECRET_HEADER = "X-Poll-Secret";
const idParameter = z.object({ id: z.uuid().openapi({ description: "The `session_id`." }) });

const begunSchema = z
  .object({
    ok: z.literal(true),
    session_id: z.uuid(),
    auth_url: z.url().openapi({ description: "A person opens it, signed in, and says yes." }),
    user_code: z.string().openapi({ description: "Show it: the page shows the same one.", example: "K7WM-2XQ9" }),
    poll_secret: z.string().openapi({ description: `Send it as ${POLL_SECRET_HEADER} when polling. Keep it to yourself.` }),
    expires_in: z.number().int().openapi({ description: "Seconds.", example: 600 }),
  })
  .openapi("CliLogin");

const beginRoute = createRoute({
  method: "post",
  path: "/auth/cli",
  tags: ["Account"],
  summary: "Begin the login of a command-line tool",
  description:
    "Show `auth_url` and `user_code`, then poll `GET /auth/cli/{id}`. `anon_tokens` is taken and ignored: a resource is claimed with its upgrade_jwt.",
  operationId: "beginCliLogin",
  security: [],
  responses: {
    201: json("Begun.", begunSchema),
    ...refusals("invalid_body", "payload_too_large", "unsupported_media_type", "lookup_failed"),
  },
});

export const cliBegin = endpoint(beginRoute, { access: "open", rate: "counted" }, async (c) => {
  await readJsonObject(c.req.raw);
  return c.json({ ok: true as const, ...(await beginLogin({ ctx: c.var.ctx })) }, 201);
});

const pendingSchema = z.object({ ok: z.literal(true), status: z.literal("pending"), pending: z.literal(true) }).openapi("CliLoginPending");
const completeSchema = z
  .object({
    ok: z.literal(true),
    status: z.literal("complete"),
    api_token: z.string(),
    api_key: z.string().openapi({ description: "The older name of `api_token`.", deprecated: true }),
    email: z.email(),
    team_name: z.string(),
    tier: z.enum(tierSchema.options),
    claimed_tokens: z.array(z.string()),
  })
  .openapi("CliLoginComplete");

const pollRoute = createRoute({
  method: "get",
  path: "/auth/cli/{id}",
  tags: ["Account"],
  summary: "Has somebody said yes?",
  description: "202 until then. The first 200 holds the key and ends the login.",
  operationId: "pollCliLogin",
  security: [],
  request: { params: idParameter, headers: z.object({ [POLL_SECRET_HEADER]: z.string() }) },
  responses: {
    200: json("Here is the key, this once.", completeSchema),
    202: json("Not yet.", pendingSchema),
    ...refusals("session_not_found", "api_key_limit_reached", "lookup_failed"),
  },
});

export const cliPoll = endpoint(pollRoute, { access: "open", rate: "counted" }, async (c) => {
  const pollSecret = c.req.header(POLL_SECRET_HEADER);
  // Without it nobody learns whether there is such a login at all.
  if (!pollSecret) throw new ApiError("session_not_found");
  const login = await pollLogin({ ctx: c.var.ctx, input: { id: c.req.param("id") ?? "", pollSecret } });
  if (login === null) return c.json({ ok: true as const, status: "pending" as const, pending: true as const }, 202);
  const { key, email, team_name, tier } = login;
  return c.json(
    { ok: true as const, status: "complete" as const, api_token: key, api_key: key, email, team_name, tier, claimed_tokens: [] },
    200,
  );
});

const completeRoute = createRoute({
  method: "post",
  path: "/auth/cli/{id}/complete",
  tags: ["Account"],
  summary: "Say yes to a command-line tool",
  description: "With the session of a person, who has compared the code. Saying it again changes nothing.",
  operationId: "completeCliLogin",
  security: ACCOUNT_SECURITY,
  request: { params: idParameter },
  responses: {
    200: json("Said.", z.object({ ok: z.literal(true) }).openapi("CliLoginApproved")),
    ...refusals("unauthorized", "session_required", "foreign_origin", "session_not_found", "lookup_failed"),
  },
});

export const cliComplete = endpoint(completeRoute, { access: "session_write", rate: "counted" }, async (c) => {
  await approveLogin({ ctx: c.var.ctx, input: { id: c.req.param("id") ?? "" } });
  return c.json({ ok: true as const }, 200);
});
