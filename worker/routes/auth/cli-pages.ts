/** The page on which a person compares the code of his terminal and says yes. */
import { createRoute, z } from "@hono/zod-openapi";
import { endpoint } from "../../http.ts";
import { requireOwnOrigin } from "../../middleware/same-origin.ts";
import { ApproveCliPage } from "../../pages/sign-in.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { approveLogin, showLogin } from "../../services/auth/cli.ts";
import { html, pageRefusals } from "../openapi.ts";

const PATH = "/auth/cli/{id}/approve";
const PAGE = { access: "page_write", rate: "counted", answers: "page" } as const;

const pageRoute = createRoute({
  method: "get",
  path: PATH,
  tags: ["Account"],
  summary: "The page that asks for a yes to a command-line tool",
  operationId: "cliPage",
  security: [],
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    200: html("The page."),
    303: { description: "To the sign-in page, and back." },
    ...pageRefusals("session_not_found", "lookup_failed"),
  },
});

export const cliPage = endpoint(pageRoute, PAGE, async (c) => {
  const { actor } = c.var.ctx;
  const id = c.req.param("id") ?? "";
  const login = await showLogin({ ctx: c.var.ctx, input: { id } });
  if (actor.kind !== "session") return c.redirect(`/login?return_to=${encodeURIComponent(`/auth/cli/${id}/approve`)}`, 303);
  return c.html(ApproveCliPage({ id, ...login, account: actor.account }), 200, PAGE_HEADERS);
});

const formRoute = createRoute({ method: "post", path: PATH, hide: true, responses: { 303: { description: "Back to the page." } } });

export const cliForm = endpoint(formRoute, PAGE, async (c) => {
  requireOwnOrigin(c);
  const id = c.req.param("id") ?? "";
  if (c.var.ctx.actor.kind !== "session") return c.redirect(`/login?return_to=${encodeURIComponent(`/auth/cli/${id}/approve`)}`, 303);
  await approveLogin({ ctx: c.var.ctx, input: { id } });
  return c.redirect(`/auth/cli/${id}/approve`, 303);
});
