/** `/dashboard`: the team's resources; `/dashboard/new`: the form for a new one. */
import { z } from "@hono/zod-openapi";
import { resourceKindSchema } from "../../../contract/kinds.ts";
import { ENV_DEFAULT, envSchema, nameSchema, UUID_PATTERN } from "../../../contract/names.ts";
import { canonicalJson } from "../../middleware/json-body.ts";
import { NewResourcePage } from "../../pages/dashboard/new-resource.tsx";
import { type ResourceFilter, ResourcesPage } from "../../pages/dashboard/resources.tsx";
import { createResource } from "../../services/provision/create.ts";
import { listResources } from "../../services/resources/list.ts";
import { cursorOf, readCursor } from "../resources/cursor.ts";
import { answerPage, backTo, DASHBOARD, dashboardForm, dashboardPage, lenient } from "./signed-in.ts";

const PAGE_SIZE = 25;
const NEW = `${DASHBOARD}/new`;

const query = z.object({
  type: lenient(resourceKindSchema),
  env: lenient(z.string().trim().min(1)),
  before: lenient(z.string().transform(readCursor)),
  done: lenient(z.string()),
});

export const resourcesPage = dashboardPage(
  DASHBOARD,
  { query },
  async ({ c, account, nowMs, query: { type: kind, env, before, done } }) => {
    const filter: ResourceFilter = { kind, env };
    const page = await listResources({ ctx: c.var.ctx, input: { ...filter, before, limit: PAGE_SIZE } });
    const { items, total, provisional, next } = page;
    return ResourcesPage({
      viewer: account,
      items,
      total,
      provisional,
      filter,
      older: next === null ? null : `${DASHBOARD}?${new URLSearchParams({ ...filterQuery(filter), before: cursorOf(next) })}`,
      done,
      nowMs,
      publicUrl: c.var.ctx.deps.config.publicUrl,
    });
  },
);

function filterQuery({ kind, env }: ResourceFilter): Record<string, string> {
  return { ...(kind === null ? {} : { type: kind }), ...(env === null ? {} : { env }) };
}

export const newResourcePage = dashboardPage(NEW, { query: z.object({}), access: "page_write" }, ({ c, account }) =>
  NewResourcePage({ viewer: account, formId: c.var.ctx.deps.ids.uuid() }),
);

const formSchema = z.object({
  kind: resourceKindSchema,
  name: nameSchema,
  env: z
    .literal("")
    .transform(() => ENV_DEFAULT)
    .or(envSchema),
  form_id: z.string().regex(UUID_PATTERN),
});

export const newResourceForm = dashboardForm(NEW, { page: NEW }, async ({ c, account, form }) => {
  const { ctx } = c.var;
  const read = (field: string): string => (form.get(field) ?? "").trim();
  const sent = { kind: read("kind"), name: read("name"), env: read("env") };
  const parsed = formSchema.safeParse({ ...sent, form_id: read("form_id") });
  if (!parsed.success) {
    const problem =
      "Nothing was made. Choose a kind; a name is 1 to 64 letters, digits, spaces, underscores and hyphens; an environment 1 to 32 of a-z, 0-9 and hyphen.";
    return answerPage(c, NewResourcePage({ viewer: account, formId: ctx.deps.ids.uuid(), sent, problem }), 400);
  }
  const { form_id: idempotencyKey, ...wanted } = parsed.data;
  const { id } = await createResource({
    ctx,
    // The form's own id: sending the form twice creates one resource.
    input: {
      ...wanted,
      route: c.var.matched.pattern,
      envWasSent: true,
      ignoredFields: [],
      idempotencyKey,
      canonicalBody: canonicalJson(wanted),
    },
  });
  return backTo(c, `${DASHBOARD}/resources/${id}`, "created");
});
