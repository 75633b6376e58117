/** `/login` and `/logout`: the forms of a browser. */
import { createRoute, z } from "@hono/zod-openapi";
import { SignInPage, SignInSentPage } from "../../pages/sign-in.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { signOut, startSignIn } from "../../services/auth/sign-in.ts";
import { emailField, returnToField } from "../account/fields.ts";
import { endpoint } from "../endpoint.ts";
import { form, html, pageRefusals } from "../openapi.ts";
import { clearSessionCookie } from "./session-cookie.ts";

const PAGE = { access: "page", rate: "counted", answers: "page" } as const;

const pageRoute = createRoute({
  method: "get",
  path: "/login",
  tags: ["Account"],
  summary: "The sign-in page",
  operationId: "loginPage",
  security: [],
  request: { query: z.object({ return_to: returnToField }) },
  responses: {
    200: html("The page."),
    303: { description: "Already signed in: redirects to the dashboard." },
    ...pageRefusals("invalid_return_to", "lookup_failed"),
  },
});

export const loginPage = endpoint(pageRoute, PAGE, (c, input) => {
  const { return_to: returnTo = null } = input.query();
  if (c.var.ctx.actor.kind === "session") return c.redirect(returnTo ?? "/dashboard", 303);
  return c.html(SignInPage({ returnTo }), 200, PAGE_HEADERS);
});

const formRoute = createRoute({
  method: "post",
  path: "/login",
  hide: true,
  request: form(z.object({ email: emailField, return_to: returnToField })),
  responses: { 200: html("The page.") },
});

export const loginForm = endpoint(formRoute, PAGE, async (c, input) => {
  const { email, return_to = null } = (await input.body()).fields;
  await startSignIn({ ctx: c.var.ctx, input: { email, returnTo: return_to } });
  return c.html(SignInSentPage(), 200, PAGE_HEADERS);
});

const logoutRoute = createRoute({
  method: "post",
  path: "/logout",
  hide: true,
  responses: { 303: { description: "To the sign-in page." } },
});

export const logoutForm = endpoint(logoutRoute, PAGE, async (c) => {
  await signOut({ ctx: c.var.ctx });
  clearSessionCookie(c);
  return c.redirect("/login", 303);
});
