/** The device flow of command-line tools: begin, poll, approve. */
import { createRoute, z } from "@hono/zod-openapi";
import { tierSchema } from "../../../contract/plans.ts";
import { readJsonObject } from "../../middleware/json-body.ts";
import { approveLogin, beginLogin, pollLogin } from "../../services/auth/cli.ts";
import { endpoint } from "../endpoint.ts";
import { field, isEmpty } from "../field.ts";
import { json, refusals } from "../openapi.ts";
import { ACCOUNT_SECURITY } from "./session.ts";

const POLL_SECRET_HEADER = "X-Poll-Secret";
/** Any text is accepted; the service answers `session_not_found` for an unknown login. */
const idParameter = z.object({
  id: field(z.uuid().openapi({ description: "The `session_id`." }), { invalid: "session_not_found", reads: z.string() }),
});

const begunSchema = z
  .object({
    ok: z.literal(true),
    session_id: z.uuid(),
    auth_url: z.url().openapi({ description: "A signed-in person opens it and approves the login." }),
    user_code: z.string().openapi({ description: "Show it to the person: the page shows the same code.", example: "K7WM-2XQ9" }),
    poll_secret: z.string().openapi({ description: `Send it as ${POLL_SECRET_HEADER} when polling. Keep it secret.` }),
    expires_in: z.number().int().openapi({ description: "Seconds.", example: 600 }),
  })
  .openapi("CliLogin");

const beginRoute = createRoute({
  method: "post",
  path: "/auth/cli",
  tags: ["Account"],
  summary: "Begin the login of a command-line tool",
  description:
    "Show `auth_url` and `user_code`, then poll `GET /auth/cli/{id}`. `anon_tokens` is accepted and ignored: a resource is claimed with its upgrade_jwt.",
  operationId: "beginCliLogin",
  security: [],
  responses: {
    201: json("The login has begun.", begunSchema),
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
    api_key: z.string().openapi({ description: "The former name of `api_token`.", deprecated: true }),
    email: z.email(),
    team_name: z.string(),
    tier: z.enum(tierSchema.options),
    claimed_tokens: z.array(z.string()),
  })
  .openapi("CliLoginComplete");

/** Without the secret a caller does not learn whether there is such a login. */
const pollHeaders = z.object({
  [POLL_SECRET_HEADER]: field(z.string(), { invalid: "session_not_found", missing: "session_not_found", absent: isEmpty }),
});

const pollRoute = createRoute({
  method: "get",
  path: "/auth/cli/{id}",
  tags: ["Account"],
  summary: "Poll whether the login was approved",
  description: "202 while the login is pending. The first 200 contains the key and ends the login.",
  operationId: "pollCliLogin",
  security: [],
  request: { params: idParameter, headers: pollHeaders },
  responses: {
    200: json("The key. It is returned once.", completeSchema),
    202: json("Not approved yet.", pendingSchema),
    ...refusals("session_not_found", "api_key_limit_reached", "lookup_failed"),
  },
});

export const cliPoll = endpoint(pollRoute, { access: "open", rate: "counted" }, async (c, input) => {
  const { [POLL_SECRET_HEADER]: pollSecret } = input.headers();
  const login = await pollLogin({ ctx: c.var.ctx, input: { ...input.params(), pollSecret } });
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
  summary: "Approve the login of a command-line tool",
  description: "With the session of a person who has compared the code. Idempotent.",
  operationId: "completeCliLogin",
  security: ACCOUNT_SECURITY,
  request: { params: idParameter },
  responses: {
    200: json("Approved.", z.object({ ok: z.literal(true) }).openapi("CliLoginApproved")),
    ...refusals("unauthorized", "session_required", "foreign_origin", "session_not_found", "lookup_failed"),
  },
});

export const cliComplete = endpoint(completeRoute, { access: "session_write", rate: "counted" }, async (c, input) => {
  await approveLogin({ ctx: c.var.ctx, input: input.params() });
  return c.json({ ok: true as const }, 200);
});
