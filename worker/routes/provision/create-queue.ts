/** `POST /queue/new`: a NATS JetStream queue in an account of its own. */
import { createRoute, z } from "@hono/zod-openapi";
import { createResource } from "../../services/provision/create.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";
import { CREATE_REFUSALS } from "./create-refusals.ts";
import { created } from "./created.ts";
import { provisionedFields } from "./created-schemas.ts";
import { provisionBodySchema, provisionParameters, readProvisionRequest } from "./provision-request.ts";

const authModeSchema = z.enum(["isolated", "legacy_open"]);

const credentialsSchema = z.object({
  auth_mode: z.literal("isolated"),
  nats_jwt: z.string().openapi({ description: "The user's JWT: pass it with `nats_nkey` to `nats.UserJWTAndSeed()`." }),
  nats_nkey: z.string().openapi({ description: "The user's seed. Secret.", example: "SUAA…" }),
  creds_file: z.string().openapi({
    description: "Both in one: write it to a file and pass its path to `nats.UserCredentials()`. Secret.",
    example: "-----BEGIN NATS USER JWT-----\n…",
  }),
  key_id: z.string().openapi({ description: "The account's public key.", example: "ABBA…" }),
});

const provisionedQueueSchema = z
  .object({
    ...provisionedFields,
    connection_url: z.string().openapi({
      description: "Works now, with `credentials`: the platform has used JetStream with them before this answer. It contains no secret.",
      example: "nats://nats.instanode.dev:4222",
    }),
    internal_url: z.string().openapi({ description: "The address for apps inside our cluster." }),
    subject_prefix: z.string().openapi({
      description:
        "Publish and subscribe below `<subject_prefix>.`: `tenant_….jobs`, `tenant_….>`. Besides these only inboxes are allowed.",
      example: "tenant_a1b2c3d4e5f6g7h2i3j4",
    }),
    auth_mode: authModeSchema.openapi({
      description:
        "`legacy_open`: this installation has no operator key. Connect with the URL alone; subjects are separated by convention only.",
    }),
    credentials: credentialsSchema.optional().openapi({ description: "Absent when `auth_mode` is `legacy_open`." }),
    limits: z.object({
      storage_mb: z.number().int().openapi({ example: 64 }),
      expires_in: z.string().optional().openapi({ example: "24h" }),
    }),
  })
  .openapi("ProvisionedQueue");

const route = createRoute({
  method: "post",
  path: "/queue/new",
  tags: ["Provisioning"],
  summary: "Get a NATS JetStream queue",
  description:
    "No account needed: an account of its own on a NATS server, with JetStream, that works now, for 24 hours. Any NATS client connects, over " +
    "TCP or WebSocket. Streams are stored on disk, at most `limits.storage_mb` in all.",
  operationId: "createQueue",
  security: [{}, { bearerAuth: [] }],
  request: { ...provisionParameters, body: { required: true, content: { "application/json": { schema: provisionBodySchema } } } },
  responses: { 201: json("The queue, ready to use.", provisionedQueueSchema), ...refusals(...CREATE_REFUSALS) },
});

export const createQueue = endpoint(route, { access: "optional_bearer", rate: "admission" }, async (c, input) => {
  const { request } = await readProvisionRequest(c, input);
  const result = await createResource({ ctx: c.var.ctx, input: { kind: "queue", ...request } });
  return created<z.infer<typeof provisionedQueueSchema>>(c, result);
});
