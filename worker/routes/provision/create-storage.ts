/** `POST /storage/new`: a prefix of an S3 bucket. */
import { createRoute, z } from "@hono/zod-openapi";
import { createResource } from "../../services/provision/create.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { storageFields } from "../storage/storage-schemas.ts";
import { CREATE_REFUSALS } from "./create-refusals.ts";
import { created } from "./created.ts";
import { provisionedFields } from "./created-schemas.ts";
import { provisionBodySchema, provisionParameters, readProvisionRequest } from "./provision-request.ts";

const provisionedStorageSchema = z
  .object({
    ...provisionedFields,
    ...storageFields,
    limits: z.object({
      storage_mb: z.number().int().openapi({ example: 10 }),
      expires_in: z.string().optional().openapi({ example: "24h" }),
    }),
  })
  .openapi("ProvisionedStorage");

const route = createRoute({
  method: "post",
  path: "/storage/new",
  tags: ["Provisioning"],
  summary: "Get S3 storage",
  description:
    "As `/db/new`, with a prefix of an S3 bucket. `mode` says how you reach it: with keys for any S3 client, or with signed URLs from `/storage/{token}/presign`, which works in every mode.",
  operationId: "createStorage",
  security: [{}, { bearerAuth: [] }],
  request: { ...provisionParameters, body: { required: true, content: { "application/json": { schema: provisionBodySchema } } } },
  responses: { 201: json("The storage, ready to use.", provisionedStorageSchema), ...refusals(...CREATE_REFUSALS) },
});

export const createStorage = endpoint(route, { access: "optional_bearer", rate: "admission" }, async (c, input) => {
  const { request } = await readProvisionRequest(c, input);
  const result = await createResource({ ctx: c.var.ctx, input: { kind: "storage", ...request } });
  return created<z.infer<typeof provisionedStorageSchema>>(c, result);
});
