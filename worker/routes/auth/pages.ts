/** `/login` and `/logout`: the forms of a browser. */
import { createRoute, z } from "@hono/zod-openapi";
import { endpoint } from "../../http.ts";
import { readForm } from "../../middleware/form-body.ts";
import { requireOwnOrigin } from "../../middleware/same-origin.ts";
import { SignedInPage, SignInPage, SignInSentPage } from "../../pages/sign-in.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { signOut, startSignIn } from "../../services/auth/sign-in.ts";
import { readEmail, readReturnTo } from "../account/fields.ts";
import { html, pageRefusals } from "../openapi.ts";
import { clearSessionCookie } from "./session-cookie.ts";

const PAGE = { access: "page", rate: "counted", answers: "page" } as const;
const CLAIMED_MAX = 1_000_000;

const pageRoute = createRoute({
  method: "get",
  path: "/login",
  tags: ["Account"],
  summary: "The sign-in page, or who is signed in",
  operationId: "loginPage",
  security: [],
  request: { query: z.object({ return_to: z.string().optional().openapi({ description: "A path of this site to go to afterwards." }) }) },
  responses: { 200: html("The page."), ...pageRefusals("invalid_return_to", "lookup_failed") },
});

export const loginPage = endpoint(pageRoute, PAGE, (c) => {
  const { actor } = c.var.ctx;
  const returnTo = readReturnTo(c.req.query("return_to"));
  const claimed = z.coerce.number().int().min(0).max(CLAIMED_MAX).catch(0).parse(c.req.query("claimed"));
  const page = actor.kind === "session" ? SignedInPage({ account: actor.account, claimed }) : SignInPage({ returnTo });
  return c.html(page, 200, PAGE_HEADERS);
});

const formRoute = createRoute({ method: "post", path: "/login", hide: true, responses: { 200: html("The page.") } });

export const loginForm = endpoint(formRoute, PAGE, async (c) => {
  requireOwnOrigin(c);
  const form = await readForm(c.req.raw);
  await startSignIn({ ctx: c.var.ctx, input: { email: readEmail(form.get("email")), returnTo: readReturnTo(form.get("return_to")) } });
  return c.html(SignInSentPage(), 200, PAGE_HEADERS);
});

const logoutRoute = createRoute({
  method: "post",
  path: "/logout",
  hide: true,
  responses: { 303: { description: "To the sign-in page." } },
});

export const logoutForm = endpoint(logoutRoute, PAGE, async (c) => {
  requireOwnOrigin(c);
  await signOut({ ctx: c.var.ctx });
  clearSessionCookie(c);
  return c.redirect("/login", 303);
});
