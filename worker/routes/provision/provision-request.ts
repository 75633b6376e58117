/** The request of every provisioning route: fields, query and header. */
import { z } from "@hono/zod-openapi";
import { ENV_DEFAULT, ENV_PATTERN, NAME_MAX_CHARACTERS, NAME_PATTERN, nameSchema } from "../../../contract/names.ts";
import type { AppContext } from "../../http.ts";
import { canonicalJson, type JsonObject } from "../../middleware/json-body.ts";
import { field, isBlank } from "../field.ts";
import { idempotencyHeaders, idempotencyKeyFor } from "../idempotency-key.ts";
import type { Body } from "../request-input.ts";

export const provisionBodySchema = z
  .object({
    name: field(
      z.string().min(1).max(NAME_MAX_CHARACTERS).regex(NAME_PATTERN).openapi({
        description: "The label shown in the dashboard and in lists; surrounding white space is dropped.",
        example: "prod-db",
      }),
      { invalid: "invalid_name", missing: "name_required", absent: isBlank, reads: nameSchema },
    ),
    env: field(
      z.string().regex(ENV_PATTERN).optional().openapi({
        description: "A stage of your own; it changes no limit. `?env=` overrides it.",
        default: ENV_DEFAULT,
        example: "development",
      }),
      { invalid: "invalid_env" },
    ),
  })
  .openapi("ProvisionRequest", { description: "Unknown keys are accepted and listed in `ignored_fields`." });

/** The query and the header of every provisioning route. */
export const provisionParameters = {
  query: z.object({ env: z.string().optional().openapi({ description: "Overrides `env` in the body." }) }),
  headers: idempotencyHeaders,
};

type Fields = z.output<typeof provisionBodySchema>;
type ProvisionInput<F extends Fields> = {
  headers(): z.output<typeof idempotencyHeaders>;
  query(): z.output<typeof provisionParameters.query>;
  body(instead?: JsonObject): Promise<Body<F>>;
};

/**
 * What a create needs of its request, for every kind, and the fields only this kind has.
 * @throws ApiError with the code of the first thing that is wrong: key, body, name, env, the kind's own fields
 */
export async function readProvisionRequest<F extends Fields>(c: AppContext, input: ProvisionInput<F>) {
  const idempotencyKey = idempotencyKeyFor(c.var.ctx.actor, input.headers());
  const { fields, ignored, sent } = await input.body(input.query());
  const { name, env = ENV_DEFAULT, ...own } = fields;
  return {
    own,
    request: {
      route: c.var.matched.pattern,
      name,
      env,
      envWasSent: fields.env !== undefined,
      ignoredFields: ignored,
      idempotencyKey,
      /** The same for equal requests with keys in any order. */
      canonicalBody: canonicalJson({ body: sent, env }),
    },
  };
}
