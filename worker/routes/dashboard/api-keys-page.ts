/** `/dashboard/api-keys`: list, create (the key is in this answer only), revoke. */
import { z } from "@hono/zod-openapi";
import { apiKeyNameSchema, SCOPES, type Scope, scopeSchema } from "../../../contract/accounts.ts";
import { UUID_PATTERN } from "../../../contract/names.ts";
import { ApiError } from "../../errors.ts";
import { ApiKeysPage, NewApiKeyPage } from "../../pages/dashboard/api-keys.tsx";
import { createApiKey, endApiKey, readApiKeys } from "../../services/auth/api-keys.ts";
import { answerPage, backTo, dashboardForm, dashboardPage, lenient, type Visit } from "./signed-in.ts";

const PAGE = "/dashboard/api-keys";
const query = z.object({ done: lenient(z.string()) });

async function keysPage({ c, account, nowMs }: Visit, said: { done?: string | null; problem?: string }) {
  const { ctx } = c.var;
  return ApiKeysPage({ viewer: account, keys: await readApiKeys({ ctx }), nowMs, formId: ctx.deps.ids.uuid(), ...said });
}

export const apiKeysPage = dashboardPage(PAGE, { query, access: "page_admin" }, (visit) => keysPage(visit, { done: visit.query.done }));

export const newApiKeyForm = dashboardForm(PAGE, { page: PAGE, access: "page_admin" }, async ({ form, ...visit }) => {
  const { c, account } = visit;
  const name = apiKeyNameSchema.safeParse(form.get("name"));
  const scope = scopeSchema.safeParse(form.get("scope"));
  const formId = form.get("form_id") ?? "";
  if (!name.success || !scope.success || !UUID_PATTERN.test(formId)) {
    const problem = "No key was made. Give it a name of 1 to 120 characters, and choose what it may do.";
    return answerPage(c, await keysPage(visit, { problem }), 400);
  }
  const kept = await createApiKey({
    ctx: c.var.ctx,
    input: { name: name.data, scopes: upTo(scope.data), idempotencyKey: formId },
  }).catch((cause: unknown) => {
    // The same form with other values: its key was shown once and is not shown again.
    if (cause instanceof ApiError && cause.code === "idempotency_key_conflict") return null;
    throw cause;
  });
  if (kept === null) return answerPage(c, await keysPage(visit, { problem: "This form was used already. Here is a fresh one." }), 400);
  return answerPage(
    c,
    NewApiKeyPage({ viewer: account, name: kept.made.name, apiKey: kept.made.key, publicUrl: c.var.ctx.deps.config.publicUrl }),
  );
});

export const revokeApiKeyForm = dashboardForm(`${PAGE}/{id}/revoke`, { page: PAGE, access: "page_admin" }, async ({ c, id }) => {
  await endApiKey({ ctx: c.var.ctx, input: { id } });
  return backTo(c, PAGE, "revoked");
});

/** A scope and those it includes. */
function upTo(scope: Scope): Scope[] {
  return SCOPES.slice(0, SCOPES.indexOf(scope) + 1);
}
