/** `GET /dev/mailbox`: the mails of this machine, as a page, or as JSON where `Accept` asks for it. Not in production. */
import { createRoute } from "@hono/zod-openapi";
import { ApiError } from "../../errors.ts";
import { MailboxPage } from "../../pages/mailbox.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { endpoint } from "../endpoint.ts";
import { html } from "../openapi.ts";

const route = createRoute({ method: "get", path: "/dev/mailbox", hide: true, responses: { 200: html("The page.") } });

export const devMailbox = endpoint(route, { access: "open", rate: "exempt", developmentOnly: true }, async (c) => {
  const { mailbox } = c.var.ctx.deps;
  if (mailbox === null) throw new ApiError("not_found");
  const mails = await mailbox.list();
  const wantsJson = (c.req.header("accept") ?? "").includes("application/json");
  // The cast: the route declares its page only; JSON is the same answer in another form.
  if (wantsJson) return c.json({ ok: true, items: mails, total: mails.length }, 200) as never;
  return c.html(MailboxPage({ mails }), 200, PAGE_HEADERS);
});
