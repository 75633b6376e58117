/** `POST /auth/logout`, `GET /auth/me` and `GET /api/v1/whoami`: signing out, and the account behind a credential. */
import { createRoute, z } from "@hono/zod-openapi";
import { SCOPES } from "../../../contract/accounts.ts";
import { plans, tierSchema } from "../../../contract/plans.ts";
import { requireAccount } from "../../services/actor.ts";
import { signOut } from "../../services/auth/sign-in.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { clearSessionCookie } from "./session-cookie.ts";

export const ACCOUNT_SECURITY = [{ bearerAuth: [] }];
const tier = z.enum(tierSchema.options).openapi({ example: "hobby" });

const logoutRoute = createRoute({
  method: "post",
  path: "/auth/logout",
  tags: ["Account"],
  summary: "Sign out",
  description: "Revokes the session, sent as a cookie or a bearer, at once. Without a session the answer is 200, too.",
  operationId: "signOut",
  security: [{}, { bearerAuth: [] }],
  responses: {
    200: json("Signed out.", z.object({ ok: z.literal(true) }).openapi("SignedOut")),
    ...refusals("foreign_origin", "lookup_failed"),
  },
});

export const logout = endpoint(logoutRoute, { access: "page", rate: "counted" }, async (c) => {
  await signOut({ ctx: c.var.ctx });
  clearSessionCookie(c);
  return c.json({ ok: true as const }, 200);
});

const meSchema = z
  .object({
    ok: z.literal(true),
    user_id: z.uuid(),
    team_id: z.uuid(),
    email: z.email(),
    tier,
    plan_display_name: z.string().openapi({ example: "Hobby" }),
    experiments: z.object({}),
  })
  .openapi("Me");

const meRoute = createRoute({
  method: "get",
  path: "/auth/me",
  tags: ["Account"],
  summary: "The user and the team behind a credential",
  operationId: "me",
  security: ACCOUNT_SECURITY,
  responses: { 200: json("The user and the team.", meSchema), ...refusals("unauthorized", "insufficient_scope", "lookup_failed") },
});

export const me = endpoint(meRoute, { access: "account_read", rate: "counted" }, (c) => {
  const { userId, email, team } = requireAccount(c.var.ctx);
  const { display_name } = plans.tiers[team.tier];
  return c.json(
    { ok: true as const, user_id: userId, team_id: team.id, email, tier: team.tier, plan_display_name: display_name, experiments: {} },
    200,
  );
});

const whoamiSchema = z
  .object({
    ok: z.literal(true),
    user_id: z.uuid(),
    team_id: z.uuid(),
    email: z.email(),
    tier,
    plan_tier: tier,
    team_name: z.string(),
    credential: z.enum(["session", "api_key"]),
    scopes: z.array(z.enum(SCOPES)).openapi({ description: "The scopes of an API key; a session has all." }),
  })
  .openapi("Whoami");

const whoamiRoute = createRoute({
  method: "get",
  path: "/api/v1/whoami",
  tags: ["Account"],
  summary: "Check a credential",
  operationId: "whoami",
  security: ACCOUNT_SECURITY,
  responses: { 200: json("The credential is valid.", whoamiSchema), ...refusals("unauthorized", "insufficient_scope", "lookup_failed") },
});

export const whoami = endpoint(whoamiRoute, { access: "account_read", rate: "counted" }, (c) => {
  const { ctx } = c.var;
  const { userId, email, team } = requireAccount(ctx);
  const isKey = ctx.actor.kind === "key";
  return c.json(
    {
      ok: true as const,
      user_id: userId,
      team_id: team.id,
      email,
      tier: team.tier,
      plan_tier: team.tier,
      team_name: team.name,
      credential: isKey ? ("api_key" as const) : ("session" as const),
      scopes: ctx.actor.kind === "key" ? ctx.actor.scopes : [...SCOPES],
    },
    200,
  );
});
