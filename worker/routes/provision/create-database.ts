/** `POST /db/new`: a Postgres database with pgvector. */
import { createRoute, type z } from "@hono/zod-openapi";
import { createResource } from "../../services/provision/create.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { CREATE_REFUSALS } from "./create-refusals.ts";
import { created } from "./created.ts";
import { provisionedDatabaseSchema } from "./created-schemas.ts";
import { provisionBodySchema, provisionParameters, readProvisionRequest } from "./provision-request.ts";

const route = createRoute({
  method: "post",
  path: "/db/new",
  tags: ["Provisioning"],
  summary: "Get a Postgres database with pgvector",
  description:
    "No account needed: the answer's `connection_url` works now, for 24 hours. Keep it with `upgrade_jwt` and an e-mail (see `bearerAuth`). " +
    "With a bearer the database belongs to its team and does not expire.",
  operationId: "createDatabase",
  // Without a credential the create is anonymous.
  security: [{}, { bearerAuth: [] }],
  request: { ...provisionParameters, body: { required: true, content: { "application/json": { schema: provisionBodySchema } } } },
  responses: { 201: json("The database, ready to use.", provisionedDatabaseSchema), ...refusals(...CREATE_REFUSALS) },
});

export const createDatabase = endpoint(route, { access: "optional_bearer", rate: "admission" }, async (c, input) => {
  const { request } = await readProvisionRequest(c, input);
  const result = await createResource({ ctx: c.var.ctx, input: { kind: "postgres", ...request } });
  return created<z.infer<typeof provisionedDatabaseSchema>>(c, result);
});
