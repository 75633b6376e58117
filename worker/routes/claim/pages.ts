/** The pages of a claim: where `claim_url` leads, and what its form answers. */
import { createRoute, z } from "@hono/zod-openapi";
import { teamNameSchema } from "../../../contract/accounts.ts";
import { ApiError } from "../../errors.ts";
import { endpoint } from "../../http.ts";
import { readForm } from "../../middleware/form-body.ts";
import { requireOwnOrigin } from "../../middleware/same-origin.ts";
import { ClaimPage, ClaimSentPage } from "../../pages/claim.tsx";
import { PAGE_HEADERS } from "../../pages/site.tsx";
import { openClaim } from "../../services/claim/preview.ts";
import { requestClaim } from "../../services/claim/request.ts";
import { readEmail, readTeamName } from "../account/fields.ts";
import { html, pageRefusals } from "../openapi.ts";

const PAGE = { access: "open", rate: "counted", answers: "page" } as const;

/** The tick of the form, and of an address that leads to it. */
const isTicked = (value: string | null | undefined): boolean => value === "yes";

const pageRoute = createRoute({
  method: "get",
  path: "/claim",
  tags: ["Claim"],
  summary: "The claim page",
  description: "For a person at a browser. Shows what a claim takes and asks for an e-mail address. Changes nothing.",
  operationId: "claimPage",
  security: [],
  request: {
    query: z.object({
      t: z.string().optional().openapi({ description: "A claim-only JWT or an upgrade JWT." }),
      team_name: z.string().optional().openapi({ description: "What a new team is called. A reminder repeats what was asked for." }),
      rotate: z.string().optional().openapi({ description: "`yes`: the change of the password is ticked already. A reminder says so." }),
    }),
  },
  responses: {
    200: html("The page."),
    ...pageRefusals("missing_token", "invalid_token", "already_claimed", "resource_gone", "lookup_failed"),
  },
});

export const claimPage = endpoint(pageRoute, PAGE, async (c) => {
  const token = c.req.query("t")?.trim();
  if (!token) throw new ApiError("missing_token");
  const opened = await openClaim({ ctx: c.var.ctx, input: { token } });
  // A team name that is not valid is left out: the page still works.
  const teamName = teamNameSchema.safeParse(c.req.query("team_name")).data ?? null;
  return c.html(ClaimPage({ token, ...opened, rotate: isTicked(c.req.query("rotate")), teamName }), 200, PAGE_HEADERS);
});

const formRoute = createRoute({ method: "post", path: "/claim/email", hide: true, responses: { 200: html("The page.") } });

export const claimForm = endpoint(formRoute, PAGE, async (c) => {
  requireOwnOrigin(c);
  const form = await readForm(c.req.raw);
  const token = form.get("token");
  if (!token) throw new ApiError("missing_token");
  const teamName = readTeamName(form.get("team_name"));
  const input = { token, email: readEmail(form.get("email")), teamName, rotate: isTicked(form.get("rotate")) };
  const sent = await requestClaim({ ctx: c.var.ctx, input });
  return c.html(ClaimSentPage({ email: sent.email_sent_to }), 200, PAGE_HEADERS);
});
