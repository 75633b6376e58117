/** `POST /auth/email/start`: sends a sign-in link. The answer is the same for every address, with an account or without. */
import { createRoute, z } from "@hono/zod-openapi";
import { startSignIn } from "../../services/auth/sign-in.ts";
import { emailField, returnToField } from "../account/fields.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

const bodySchema = z.object({ email: emailField, return_to: returnToField }).openapi("SignInRequest");

const route = createRoute({
  method: "post",
  path: "/auth/email/start",
  tags: ["Account"],
  summary: "Send a sign-in link",
  description: "Always 202 with the same answer. It does not reveal whether the address has an account.",
  operationId: "startSignIn",
  security: [],
  request: { body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: {
    202: json("Accepted.", z.object({ ok: z.literal(true) }).openapi("Accepted")),
    ...refusals(
      "missing_email",
      "invalid_email_format",
      "invalid_return_to",
      "invalid_body",
      "payload_too_large",
      "unsupported_media_type",
      "lookup_failed",
    ),
  },
});

export const emailStart = endpoint(route, { access: "open", rate: "counted" }, async (c, input) => {
  const { email, return_to = null } = (await input.body()).fields;
  await startSignIn({ ctx: c.var.ctx, input: { email, returnTo: return_to } });
  return c.json({ ok: true as const }, 202);
});
