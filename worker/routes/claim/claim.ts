/** `POST /claim`: sends the link with which a person keeps resources. Source: PRODUCT "claim", the documentation, "Claim flow". */
import { createRoute, z } from "@hono/zod-openapi";
import { endpoint } from "../../http.ts";
import { readJsonObject } from "../../middleware/json-body.ts";
import { requestClaim } from "../../services/claim/request.ts";
import { ignoredFields, readClaimJwt, readEmail, readFlag, readTeamName } from "../account/fields.ts";
import { json, refusals } from "../openapi.ts";
import { ownValue } from "../provision/request.ts";

const bodySchema = z
  .object({
    token: z.string().optional().openapi({ description: "The `upgrade_jwt` of a create, or the `t` of its `claim_url`." }),
    jwt: z.string().optional().openapi({ description: "The older name of `token`.", deprecated: true }),
    email: z.email().openapi({ example: "you@example.com" }),
    rotate: z.boolean().optional().openapi({
      description:
        "True: the password of this token's own resource changes with the claim; whoever knew the old URL is out. Of storage only the keys change: those given out before work until they expire, and its token goes on signing URLs. Of a webhook inbox, or of storage without keys (`mode` `broker`), nothing can change.",
    }),
    team_name: z.string().optional().openapi({ description: "What a new team is called." }),
  })
  .openapi("ClaimRequest");

const sentSchema = z
  .object({
    ok: z.literal(true),
    message: z.string(),
    email_sent_to: z.string().openapi({ example: "y***@example.com" }),
    link_expires_in: z.number().int().openapi({ description: "Seconds.", example: 900 }),
    agent_action: z.string(),
    ignored_fields: z.array(z.string()).optional(),
  })
  .openapi("ClaimSent");

const route = createRoute({
  method: "post",
  path: "/claim",
  tags: ["Claim"],
  summary: "Keep resources: send the link that claims them",
  description:
    "Mails a link that works once, for 15 minutes. Nothing changes until a person opens it and confirms; then the resources move to the team, keep their URLs and passwords (unless `rotate` is true), and do not expire.",
  operationId: "claim",
  security: [],
  request: { body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: {
    200: json("The link is on its way, as far as the address may get one now.", sentSchema),
    ...refusals(
      "missing_token",
      "invalid_token",
      "missing_email",
      "invalid_email_format",
      "invalid_team_name",
      "type_mismatch",
      "invalid_body",
      "already_claimed",
      "resource_gone",
      "payload_too_large",
      "unsupported_media_type",
      "lookup_failed",
    ),
  },
});

export const claim = endpoint(route, { access: "open", rate: "counted" }, async (c) => {
  const body = await readJsonObject(c.req.raw);
  const input = {
    token: readClaimJwt(body),
    email: readEmail(ownValue(body, "email")),
    teamName: readTeamName(ownValue(body, "team_name")),
    rotate: readFlag(body, "rotate"),
  };
  const sent = await requestClaim({ ctx: c.var.ctx, input });
  return c.json({ ...sent, ...ignoredFields(body, Object.keys(bodySchema.shape)) }, 200);
});
