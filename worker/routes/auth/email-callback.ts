/**
 * The target of the link in a mail. Opening it shows a page and changes nothing, so a mail scanner cannot use it up; the page's
 * button posts the token back.
 */
import { createRoute, z } from "@hono/zod-openapi";
import { ConfirmClaimPage } from "../../pages/claim.tsx";
import { claimedCode } from "../../pages/dashboard/frame.tsx";
import { ConfirmSignInPage } from "../../pages/sign-in.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { openLink, useLink } from "../../services/auth/use-link.ts";
import { linkTokenField } from "../account/fields.ts";
import { endpoint } from "../endpoint.ts";
import { form, html, pageRefusals } from "../openapi.ts";
import { setSessionCookie } from "./session-cookie.ts";

const PATH = "/auth/email/callback";
const PAGE = { access: "open", rate: "counted", answers: "page" } as const;
const REFUSALS = [
  "missing_token",
  "link_unknown",
  "link_used",
  "link_expired",
  "already_claimed",
  "resource_gone",
  "lookup_failed",
] as const;

const pageRoute = createRoute({
  method: "get",
  path: PATH,
  tags: ["Account"],
  summary: "Open a mailed link",
  description: "Shows the recipient what the link does. Opening it changes nothing.",
  operationId: "openLink",
  security: [],
  request: { query: z.object({ t: linkTokenField(z.string().openapi({ description: "The token of the link." }), "link_unknown") }) },
  responses: { 200: html("The page with the confirmation button."), ...pageRefusals(...REFUSALS) },
});

export const emailCallback = endpoint(pageRoute, PAGE, async (c, input) => {
  const { t: token } = input.query();
  const link = await openLink({ ctx: c.var.ctx, input: { token } });
  const page = link.kind === "claim" ? ConfirmClaimPage({ token, ...link }) : ConfirmSignInPage({ token, email: link.email });
  return c.html(page, 200, PAGE_HEADERS);
});

const useRoute = createRoute({
  method: "post",
  path: PATH,
  tags: ["Account"],
  summary: "Use a mailed link",
  description: "Signs in and completes the claim of the link. Works once. Sets the session cookie.",
  operationId: "useLink",
  security: [],
  request: form(z.object({ t: linkTokenField(z.string(), "link_unknown") }).openapi("UseLink")),
  responses: {
    303: { description: "Signed in. Redirects to `return_to`, or to the dashboard." },
    ...pageRefusals(...REFUSALS, "foreign_origin", "payload_too_large", "unsupported_media_type"),
  },
});

export const useEmailLink = endpoint(useRoute, PAGE, async (c, input) => {
  const { t: token } = (await input.body()).fields;
  const { sessionJwt, returnTo, claimed } = await useLink({ ctx: c.var.ctx, input: { token } });
  setSessionCookie(c, sessionJwt);
  return c.redirect(claimed === null ? returnTo : `${returnTo}?done=${claimedCode(claimed)}`, 303);
});
