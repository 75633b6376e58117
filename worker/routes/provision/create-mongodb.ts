/** `POST /nosql/new`: a MongoDB database. */
import { createRoute, z } from "@hono/zod-openapi";
import { createResource } from "../../services/provision/create.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { CREATE_REFUSALS } from "./create-refusals.ts";
import { created } from "./created.ts";
import { provisionedDatabaseSchema } from "./created-schemas.ts";
import { provisionBodySchema, provisionParameters, readProvisionRequest } from "./provision-request.ts";

const provisionedMongodbSchema = provisionedDatabaseSchema
  .extend({
    connection_url: z.string().openapi({
      description:
        "Works now: the platform has written and read with it before this answer. The user has `readWrite` on the one database in it.",
      example: "mongodb://t_7f3a:…@mongo.instanode.dev:27017/t_7f3a?authSource=t_7f3a&maxPoolSize=2",
    }),
    limits: z.object({
      storage_mb: z.number().int().openapi({ example: 5 }),
      connections: z.number().int().openapi({ example: 2 }),
      expires_in: z.string().optional().openapi({ example: "24h" }),
    }),
  })
  .openapi("ProvisionedMongodb");

const route = createRoute({
  method: "post",
  path: "/nosql/new",
  tags: ["Provisioning"],
  summary: "Get a MongoDB database",
  description:
    "No account needed: the answer's `connection_url` works now with any MongoDB driver, for 24 hours. Keep it with `upgrade_jwt` and an " +
    "e-mail (see `bearerAuth`). With a bearer the database belongs to its team and does not expire.",
  operationId: "createMongodb",
  security: [{}, { bearerAuth: [] }],
  request: { ...provisionParameters, body: { required: true, content: { "application/json": { schema: provisionBodySchema } } } },
  responses: { 201: json("The database, ready to use.", provisionedMongodbSchema), ...refusals(...CREATE_REFUSALS) },
});

export const createMongodb = endpoint(route, { access: "optional_bearer", rate: "admission" }, async (c, input) => {
  const { request } = await readProvisionRequest(c, input);
  const result = await createResource({ ctx: c.var.ctx, input: { kind: "mongodb", ...request } });
  return created<z.infer<typeof provisionedMongodbSchema>>(c, result);
});
