/**
 * What every page of the dashboard shares: a visitor without a session signs in first and comes back. Secrets are only in the answer of
 * a POST, which browsers do not keep; no page's address holds one.
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Access } from "../../access.ts";
import type { Account } from "../../context.ts";
import type { AppContext, Endpoint } from "../../http.ts";
import { readForm } from "../../middleware/form-body.ts";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { isReturnPath } from "../account/fields.ts";
import { endpoint } from "../endpoint.ts";
import { html } from "../openapi.ts";

export const DASHBOARD = "/dashboard";

const ANSWERS = { 200: html("The page."), 303: { description: "To the sign-in page, or to what was done." } };

/** A page as JSX renders it. */
export type Page = string | Promise<string>;
export type Visit = {
  c: AppContext;
  account: Account;
  nowMs: number;
  /** The id in the path; empty where the path has none. */
  id: string;
};
export type Post = Visit & { form: URLSearchParams };

/** Any text is accepted; finding the resource or the key checks it. */
export const idParameter = z.object({ id: z.string().toLowerCase() });

/** A parameter of a page's address. An invalid one counts as not sent: the page then shows everything rather than an error. */
export function lenient<S extends z.ZodType>(schema: S) {
  return schema.nullable().default(null).catch(null);
}

/** The rules a page of the dashboard may have: each needs another role. */
type PageAccess = Extract<Access, `page${string}`>;

/** @param render throws ApiError for a refusal, which is shown as a page */
export function dashboardPage<Q extends z.ZodObject>(
  path: string,
  { query, access = "page" }: { query: Q; access?: PageAccess },
  render: (visit: Visit & { query: z.output<Q> }) => Promise<Page> | Page,
): Endpoint {
  const route = createRoute({ method: "get", path, hide: true, request: { params: idParameter, query }, responses: ANSWERS });
  return endpoint(route, { access, rate: "counted", answers: "page" }, async (c, input) => {
    const visit = visitOf(c, input.params());
    if (visit === null) return toSignIn(c, c.req.path);
    // The cast: `query` is this route's own schema, which the compiler cannot see through the type parameter.
    return c.html(await render({ ...visit, query: input.query() as z.output<Q> }), 200, PAGE_HEADERS);
  });
}

/** A form of a page. `page`: the page it is on, to return to after signing in; `{id}` is filled in. */
export function dashboardForm(
  path: string,
  { page, access = "page_write" }: { page: string; access?: PageAccess },
  act: (post: Post) => Promise<Response>,
): Endpoint {
  const route = createRoute({ method: "post", path, hide: true, request: { params: idParameter }, responses: ANSWERS });
  return endpoint(route, { access, rate: "counted", answers: "page" }, async (c, input) => {
    const { id } = input.params();
    const visit = visitOf(c, { id });
    if (visit === null) return toSignIn(c, page.replace("{id}", id));
    // The cast: the answer is a page or a redirect, without a content type for the compiler to check.
    return (await act({ ...visit, form: await readForm(c.req.raw) })) as never;
  });
}

/** The answer of a POST that is a page: it holds a secret, or says what to correct. */
export function answerPage(c: AppContext, page: Page, status: 200 | 400 | 403 = 200): Response | Promise<Response> {
  return c.html(page, status, PAGE_HEADERS);
}

/** @param done the name of the notice the page shows */
export function backTo(c: AppContext, page: string, done: string): Response {
  return c.redirect(`${page}?done=${done}`, 303);
}

function visitOf(c: AppContext, { id }: { id: string }): Visit | null {
  const { actor, deps } = c.var.ctx;
  return actor.kind === "session" ? { c, account: actor.account, nowMs: deps.clock.now(), id } : null;
}

function toSignIn(c: AppContext, path: string) {
  return c.redirect(`/login?return_to=${encodeURIComponent(isReturnPath(path) ? path : DASHBOARD)}`, 303);
}
