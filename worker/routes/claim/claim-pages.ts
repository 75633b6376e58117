/** The pages of a claim: the target of `claim_url`, and the answer to its form. */
import { createRoute, z } from "@hono/zod-openapi";
import { ClaimPage, ClaimSentPage } from "../../pages/claim.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { openClaim } from "../../services/claim/preview.ts";
import { requestClaim } from "../../services/claim/request.ts";
import { emailField, linkTokenField, teamNameField } from "../account/fields.ts";
import { endpoint } from "../endpoint.ts";
import { field, isEmpty } from "../field.ts";
import { form, html, pageRefusals } from "../openapi.ts";

const PAGE = { access: "open", rate: "counted", answers: "page" } as const;

/** The check box of the form, and the parameter that ticks it. */
const ticked = z
  .string()
  .optional()
  .transform((value) => value === "yes");

const pageRoute = createRoute({
  method: "get",
  path: "/claim",
  tags: ["Claim"],
  summary: "The claim page",
  description: "For a person in a browser. Lists what a claim attaches and asks for an e-mail address. Changes nothing.",
  operationId: "claimPage",
  security: [],
  request: {
    query: z.object({
      t: linkTokenField(z.string().optional().openapi({ description: "A claim-only JWT or an upgrade JWT." }), "missing_token"),
      team_name: teamNameField,
      rotate: ticked.openapi({ description: "`yes`: the change of the password is already ticked. Reminders link to it so." }),
    }),
  },
  responses: {
    200: html("The page."),
    ...pageRefusals("missing_token", "invalid_token", "invalid_team_name", "already_claimed", "resource_gone", "lookup_failed"),
  },
});

export const claimPage = endpoint(pageRoute, PAGE, async (c, input) => {
  const { t: token, rotate, team_name: teamName = null } = input.query();
  const opened = await openClaim({ ctx: c.var.ctx, input: { token } });
  return c.html(ClaimPage({ token, ...opened, rotate, teamName }), 200, PAGE_HEADERS);
});

const formSchema = z.object({
  token: field(z.string(), { invalid: "missing_token", missing: "missing_token", absent: isEmpty }),
  email: emailField,
  team_name: teamNameField,
  rotate: ticked,
});

const formRoute = createRoute({
  method: "post",
  path: "/claim/email",
  hide: true,
  request: form(formSchema),
  responses: { 200: html("The page.") },
});

export const claimForm = endpoint(formRoute, PAGE, async (c, input) => {
  const { team_name: teamName = null, ...fields } = (await input.body()).fields;
  const sent = await requestClaim({ ctx: c.var.ctx, input: { ...fields, teamName } });
  return c.html(ClaimSentPage({ email: sent.email_sent_to }), 200, PAGE_HEADERS);
});
