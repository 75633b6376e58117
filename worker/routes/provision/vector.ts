/** `POST /vector/new`: a Postgres database for embeddings. */
import { createRoute, z } from "@hono/zod-openapi";
import { ApiError } from "../../errors.ts";
import { endpoint } from "../../http.ts";
import type { JsonObject } from "../../middleware/json-body.ts";
import { createResource } from "../../services/provision/create.ts";
import { json, refusals } from "../openapi.ts";
import { created } from "./answer.ts";
import { CREATE_REFUSALS } from "./refusals.ts";
import { ownValue, provisionBodySchema, provisionParameters, readProvisionRequest } from "./request.ts";
import { provisionedDatabaseSchema } from "./schemas.ts";

const DIMENSIONS_MAX = 16_000;
const DIMENSIONS_DEFAULT = 1536;
const dimensionsSchema = z.number().int().min(1).max(DIMENSIONS_MAX);

const bodySchema = provisionBodySchema
  .extend({
    dimensions: dimensionsSchema.optional().openapi({
      description: "How long your embeddings are. Nothing is fixed by it: it comes back in the answer for your own schema.",
      default: DIMENSIONS_DEFAULT,
      example: DIMENSIONS_DEFAULT,
    }),
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
  description: "As `/db/new`, for vectors: pgvector is there, and `dimensions` comes back for your own schema.",
  operationId: "createVectorDatabase",
  security: [{}, { bearerAuth: [] }],
  request: { ...provisionParameters, body: { required: true, content: { "application/json": { schema: bodySchema } } } },
  responses: { 201: json("The database, ready to use.", provisionedVectorSchema), ...refusals(...CREATE_REFUSALS, "invalid_dimensions") },
});

export const createVectorDatabase = endpoint(route, { access: "optional_bearer", rate: "admission" }, async (c) => {
  const request = await readProvisionRequest(c, Object.keys(bodySchema.shape));
  const extra = { extension: "pgvector", dimensions: readDimensions(request.body) };
  const result = await createResource({ ctx: c.var.ctx, input: { kind: "vector", route: c.var.matched.pattern, ...request, extra } });
  return created<z.infer<typeof provisionedVectorSchema>>(c, result);
});

function readDimensions(body: JsonObject): number {
  const parsed = dimensionsSchema.default(DIMENSIONS_DEFAULT).safeParse(ownValue(body, "dimensions") ?? undefined);
  if (!parsed.success) throw new ApiError("invalid_dimensions");
  return parsed.data;
}
