/**
 * What every page of the dashboard begins with: who is not signed in signs in first and comes back; a form is posted from our own
 * pages only. Secrets are in the answer of a POST alone, which nothing keeps; no page's address holds one.
 */
import { createRoute } from "@hono/zod-openapi";
import type { Access } from "../../access.ts";
import type { Account } from "../../context.ts";
import { type AppContext, type Endpoint, endpoint } from "../../http.ts";
import { readForm } from "../../middleware/form-body.ts";
import { requireOwnOrigin } from "../../middleware/same-origin.ts";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { isReturnPath } from "../account/fields.ts";
import { html } from "../openapi.ts";

export const DASHBOARD = "/dashboard";

const ANSWERS = { 200: html("The page."), 303: { description: "To the sign-in page, or to what was done." } };

/** A page as JSX renders it. */
export type Page = string | Promise<string>;
export type Visit = { c: AppContext; account: Account; nowMs: number };
export type Post = Visit & { form: URLSearchParams };

/** The rules a page of the dashboard may have: which role it takes. */
type PageAccess = Extract<Access, `page${string}`>;

/** @param render throws ApiError for a refusal, which is shown as a page */
export function dashboardPage(path: string, render: (visit: Visit) => Promise<Page> | Page, access: PageAccess = "page"): Endpoint {
  const route = createRoute({ method: "get", path, hide: true, responses: ANSWERS });
  return endpoint(route, { access, rate: "counted", answers: "page" }, async (c) => {
    const visit = visitOf(c);
    if (visit === null) return toSignIn(c, c.req.path);
    return c.html(await render(visit), 200, PAGE_HEADERS);
  });
}

/** A form of a page. `page`: the page it is on, to return to after signing in; `{id}` is filled in. */
export function dashboardForm(
  path: string,
  { page, access = "page_write" }: { page: string; access?: PageAccess },
  act: (post: Post) => Promise<Response>,
): Endpoint {
  const route = createRoute({ method: "post", path, hide: true, responses: ANSWERS });
  return endpoint(route, { access, rate: "counted", answers: "page" }, async (c) => {
    requireOwnOrigin(c);
    const visit = visitOf(c);
    if (visit === null) return toSignIn(c, page.replace("{id}", idOf(c)));
    // What it answers is a page or a way back: no content type of its own for the compiler to check.
    return (await act({ ...visit, form: await readForm(c.req.raw) })) as never;
  });
}

/** The answer of a POST that is a page: what holds a secret, or says what to correct. */
export function answerPage(c: AppContext, page: Page, status: 200 | 400 | 403 = 200): Response | Promise<Response> {
  return c.html(page, status, PAGE_HEADERS);
}

/** @param done which notice the page shows */
export function backTo(c: AppContext, page: string, done: string): Response {
  return c.redirect(`${page}?done=${done}`, 303);
}

/** The id in the path, as it was sent. */
export function idOf(c: AppContext): string {
  return (c.req.param("id") ?? "").toLowerCase();
}

function visitOf(c: AppContext): Visit | null {
  const { actor, deps } = c.var.ctx;
  return actor.kind === "session" ? { c, account: actor.account, nowMs: deps.clock.now() } : null;
}

function toSignIn(c: AppContext, path: string) {
  return c.redirect(`/login?return_to=${encodeURIComponent(isReturnPath(path) ? path : DASHBOARD)}`, 303);
}
