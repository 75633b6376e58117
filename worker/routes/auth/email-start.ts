/** `POST /auth/email/start`: sends a link to sign in with. Answers alike whoever the address belongs to. */
import { createRoute, z } from "@hono/zod-openapi";
import { endpoint } from "../../http.ts";
import { readJsonObject } from "../../middleware/json-body.ts";
import { startSignIn } from "../../services/auth/sign-in.ts";
import { readEmail, readReturnTo } from "../account/fields.ts";
import { json, refusals } from "../openapi.ts";
import { ownValue } from "../provision/request.ts";

const bodySchema = z
  .object({
    email: z.email().openapi({ example: "you@example.com" }),
    return_to: z.string().optional().openapi({ description: "A path of this site to go to afterwards." }),
  })
  .openapi("SignInRequest");

const route = createRoute({
  method: "post",
  path: "/auth/email/start",
  tags: ["Account"],
  summary: "Have a sign-in link sent",
  description: "Always 202 and always the same answer: whether the address has an account, only its owner learns.",
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

export const emailStart = endpoint(route, { access: "open", rate: "counted" }, async (c) => {
  const body = await readJsonObject(c.req.raw);
  const input = { email: readEmail(ownValue(body, "email")), returnTo: readReturnTo(ownValue(body, "return_to")) };
  await startSignIn({ ctx: c.var.ctx, input });
  return c.json({ ok: true as const }, 202);
});
