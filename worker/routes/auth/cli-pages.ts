/** The page on which a person compares the code with the terminal's and approves the login. */
import { createRoute, z } from "@hono/zod-openapi";
import { ApproveCliPage } from "../../pages/sign-in.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { approveLogin, showLogin } from "../../services/auth/cli.ts";
import { endpoint } from "../endpoint.ts";
import { field } from "../field.ts";
import { html, pageRefusals } from "../openapi.ts";

const PATH = "/auth/cli/{id}/approve";
const PAGE = { access: "page_write", rate: "counted", answers: "page" } as const;

/** Any text is accepted; the service answers `session_not_found` for an unknown login. */
const params = z.object({ id: field(z.uuid(), { invalid: "session_not_found", reads: z.string() }) });

const pageRoute = createRoute({
  method: "get",
  path: PATH,
  tags: ["Account"],
  summary: "The page that approves the login of a command-line tool",
  operationId: "cliPage",
  security: [],
  request: { params },
  responses: {
    200: html("The page."),
    303: { description: "To the sign-in page, and back." },
    ...pageRefusals("session_not_found", "lookup_failed"),
  },
});

export const cliPage = endpoint(pageRoute, PAGE, async (c, input) => {
  const { actor } = c.var.ctx;
  const { id } = input.params();
  const login = await showLogin({ ctx: c.var.ctx, input: { id } });
  if (actor.kind !== "session") return c.redirect(`/login?return_to=${encodeURIComponent(`/auth/cli/${id}/approve`)}`, 303);
  return c.html(ApproveCliPage({ id, ...login, account: actor.account }), 200, PAGE_HEADERS);
});

const formRoute = createRoute({
  method: "post",
  path: PATH,
  hide: true,
  request: { params },
  responses: { 303: { description: "Back to the page." } },
});

export const cliForm = endpoint(formRoute, PAGE, async (c, input) => {
  const { id } = input.params();
  if (c.var.ctx.actor.kind !== "session") return c.redirect(`/login?return_to=${encodeURIComponent(`/auth/cli/${id}/approve`)}`, 303);
  await approveLogin({ ctx: c.var.ctx, input: { id } });
  return c.redirect(`/auth/cli/${id}/approve`, 303);
});
