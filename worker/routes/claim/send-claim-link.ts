/** `POST /claim`: sends the link with which a person keeps resources. */
import { createRoute, z } from "@hono/zod-openapi";
import { requestClaim } from "../../services/claim/request.ts";
import { claimJwtField, emailField, ignoredFields, teamNameField } from "../account/fields.ts";
import { endpoint } from "../endpoint.ts";
import { field } from "../field.ts";
import { json, refusals } from "../openapi.ts";

const bodySchema = z
  .object({
    token: claimJwtField(z.string().optional().openapi({ description: "The `upgrade_jwt` of a create, or the `t` of its `claim_url`." })),
    // Read as `token` when that is not sent, and not looked at otherwise.
    jwt: field(z.string().optional().openapi({ description: "The former name of `token`.", deprecated: true }), {
      invalid: "missing_token",
      reads: z.unknown(),
    }),
    email: emailField,
    team_name: teamNameField,
    rotate: field(
      z.boolean().optional().openapi({
        description:
          "True: the claim changes the password of this token's own resource, and the old URL stops working. Of storage only the keys change: keys given out before work until they expire, and the token still signs URLs. For a webhook inbox, and for storage without keys (`mode` `broker`), it has no effect.",
      }),
      { invalid: "type_mismatch", must: "must be true or false" },
    ),
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
  summary: "Claim resources: send the link",
  description:
    "Mails a link that works once, for 15 minutes. Nothing changes until a person opens it and confirms. Then the resources move to the team, keep their URLs and passwords (unless `rotate` is true), and do not expire.",
  operationId: "claim",
  security: [],
  request: { body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: {
    200: json("Accepted. The link is sent unless the address has reached its mail limit.", sentSchema),
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

export const claim = endpoint(route, { access: "open", rate: "counted" }, async (c, input) => {
  const { fields, ignored } = await input.body();
  const { token, email, team_name = null, rotate = false } = fields;
  const sent = await requestClaim({ ctx: c.var.ctx, input: { token, email, teamName: team_name, rotate } });
  return c.json({ ...sent, ...ignoredFields(ignored) }, 200);
});
