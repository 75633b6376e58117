/** `POST /vector/new`: a Postgres database for embeddings. */
import { createRoute, z } from "@hono/zod-openapi";
import { createResource } from "../../services/provision/create.ts";
import { endpoint } from "../endpoint.ts";
import { field } from "../field.ts";
import { json, refusals } from "../openapi.ts";
import { CREATE_REFUSALS } from "./create-refusals.ts";
import { created } from "./created.ts";
import { provisionedDatabaseSchema } from "./created-schemas.ts";
import { provisionBodySchema, provisionParameters, readProvisionRequest } from "./provision-request.ts";

const DIMENSIONS_MAX = 16_000;
const DIMENSIONS_DEFAULT = 1536;
const dimensionsSchema = z.number().int().min(1).max(DIMENSIONS_MAX);

const bodySchema = provisionBodySchema
  .extend({
    dimensions: field(
      dimensionsSchema.optional().openapi({
        description: "The length of your embeddings. It creates no column: the answer repeats it for your own schema.",
        default: DIMENSIONS_DEFAULT,
        example: DIMENSIONS_DEFAULT,
      }),
      { invalid: "invalid_dimensions" },
    ),
  })
  .openapi("ProvisionVectorRequest");

const provisionedVectorSchema = provisionedDatabaseSchema
  .extend({ extension: z.literal("pgvector"), dimensions: dimensionsSchema.openapi({ example: DIMENSIONS_DEFAULT }) })
  .openapi("ProvisionedVectorDatabase");

const route = createRoute({
  method: "post",
  path: "/vector/new",
  tags: ["Provisioning"],
  summary: "Get a Postgres database for embeddings",
  description: "As `/db/new`, for vectors: pgvector is installed, and the answer repeats `dimensions` for your own schema.",
  operationId: "createVectorDatabase",
  security: [{}, { bearerAuth: [] }],
  request: { ...provisionParameters, body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: { 201: json("The database, ready to use.", provisionedVectorSchema), ...refusals(...CREATE_REFUSALS, "invalid_dimensions") },
});

export const createVectorDatabase = endpoint(route, { access: "optional_bearer", rate: "admission" }, async (c, input) => {
  const { request, own } = await readProvisionRequest(c, input);
  const extra = { extension: "pgvector", dimensions: own.dimensions ?? DIMENSIONS_DEFAULT };
  const result = await createResource({ ctx: c.var.ctx, input: { kind: "vector", ...request, extra } });
  return created<z.infer<typeof provisionedVectorSchema>>(c, result);
});
