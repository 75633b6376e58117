/** `POST /deploy/new`: a tarball in, an HTTPS URL out. `GET` says how. */
import { createRoute, z } from "@hono/zod-openapi";
import type { TypedResponse } from "hono";
import { ALLOWED_IPS_MAX, PORT_DEFAULT } from "../../../contract/deploys.ts";
import type { AppContext } from "../../http.ts";
import { type DeployResult, deploy } from "../../services/deploys/create.ts";
import { takeUpload } from "../../services/deploys/intake.ts";
import { ACCOUNT_SECURITY } from "../auth/session.ts";
import { endpoint } from "../endpoint.ts";
import { idempotencyHeaders, idempotencyKeyFor } from "../idempotency-key.ts";
import { json, refusals } from "../openapi.ts";
import { BINDING_REFUSALS, DEPLOY_TAG, deployAnswerSchema } from "./deployment.ts";

const ACCEPTED = 202;

/** Documents the form; the service checks it, because fields may come after the tarball, which is never held. */
const formSchema = z
  .object({
    tarball: z.string().openapi({ format: "binary", description: "A gzip-compressed tar archive of the app's folder, 50 MiB at most." }),
    name: z.string().openapi({ description: "The label shown in the dashboard and in lists.", example: "my-app" }),
    port: z
      .string()
      .optional()
      .openapi({ description: `The port the app listens on, from 1024; ${PORT_DEFAULT} when left out. The app gets it as PORT.` }),
    env: z.string().optional().openapi({ description: "A stage of your own, for example production." }),
    env_vars: z.string().optional().openapi({ description: "A JSON object of variables.", example: '{"LOG_LEVEL":"info"}' }),
    resource_bindings: z.string().optional().openapi({
      description:
        "A JSON object from a variable's name to a resource's token. The variable gets the resource's internal address at every release.",
      example: '{"DATABASE_URL":"a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d"}',
    }),
    redeploy: z
      .string()
      .optional()
      .openapi({ description: "`true` updates the newest deployment of this name and env. Otherwise every upload makes a new one." }),
    ttl_policy: z.string().optional().openapi({ description: "`permanent` (the default) or `auto_24h`." }),
    private: z.string().optional().openapi({ description: "`true`: only `allowed_ips` may call the URL. Pro and larger tiers." }),
    allowed_ips: z
      .string()
      .optional()
      .openapi({ description: `Addresses and networks, separated by commas, ${ALLOWED_IPS_MAX} at most.` }),
    notify_webhook: z.string().optional().openapi({ description: "An https URL that is told how each release ended." }),
    notify_webhook_secret: z
      .string()
      .optional()
      .openapi({ description: "Signs those requests: `X-InstaNode-Signature: sha256=<HMAC of the body>`." }),
  })
  .openapi("DeployRequest", { description: "Fields in any order. A field that is not listed here is refused." });

const route = createRoute({
  method: "post",
  path: "/deploy/new",
  tags: [DEPLOY_TAG],
  summary: "Deploy an app from a tarball",
  description:
    "Builds the source with its Dockerfile, or with one written for Node (package.json), Python (requirements.txt, pyproject.toml) and static sites (index.html), and runs it at `item.url`. Needs a bearer.",
  operationId: "createDeployment",
  security: ACCOUNT_SECURITY,
  request: { headers: idempotencyHeaders, body: { required: true, content: { "multipart/form-data": { schema: formSchema } } } },
  responses: {
    202: json("Stored and under way.", deployAnswerSchema),
    ...refusals(
      "name_required",
      "invalid_name",
      "invalid_env",
      "invalid_form",
      "missing_tarball",
      "invalid_tarball",
      "missing_dockerfile",
      "unsupported_field",
      "invalid_env_vars",
      "invalid_env_key",
      "invalid_port",
      "invalid_resource_binding",
      "type_mismatch",
      "invalid_ttl_policy",
      "private_deploy_requires_allowed_ips",
      "invalid_allowed_ip",
      "too_many_allowed_ips",
      "invalid_notify_webhook",
      "invalid_idempotency_key",
      "unauthorized",
      "deployment_limit_reached",
      "private_deploy_requires_pro",
      "insufficient_scope",
      "foreign_origin",
      ...BINDING_REFUSALS,
      "no_existing_deployment_to_redeploy",
      "not_ready",
      "idempotency_key_conflict",
      "idempotency_key_in_progress",
      "tarball_too_large",
      "unsupported_media_type",
      "too_many_uploads",
      "no_room_for_upload",
      "builder_unavailable",
      "service_disabled",
      "provision_failed",
      "provisioner_unavailable",
      "admission_unavailable",
      "update_failed",
      "lookup_failed",
    ),
  },
});

export const createDeployment = endpoint(route, { access: "account_write", rate: "admission" }, async (c, input) => {
  const { ctx, matched } = c.var;
  const idempotencyKey = idempotencyKeyFor(ctx.actor, input.headers());
  const upload = () => takeUpload(ctx, c.req.raw);
  return accepted(c, await deploy({ ctx, input: { route: matched.pattern, idempotencyKey, upload } }));
});

/** Sends the text byte for byte as it was built, on a replay as well. The cast: it was built as an answer of this route. */
function accepted(c: AppContext, { bodyText, replayed }: DeployResult) {
  const headers = { "Content-Type": "application/json", ...(replayed ? { "X-Idempotent-Replay": "true" } : {}) };
  const response: Response = c.body(bodyText, ACCEPTED, headers);
  return response as Response & TypedResponse<z.infer<typeof deployAnswerSchema>, typeof ACCEPTED, "json">;
}

const howRoute = createRoute({
  method: "get",
  path: "/deploy/new",
  tags: [DEPLOY_TAG],
  summary: "How to deploy an app",
  operationId: "howToDeploy",
  security: [],
  responses: { 200: { description: "Markdown.", content: { "text/markdown": { schema: z.string() } } }, ...refusals() },
});

export const howToDeploy = endpoint(howRoute, { access: "open", rate: "counted" }, (c) => {
  const { publicUrl } = c.var.ctx.deps.config;
  return c.body(howTo(publicUrl), 200, { "Content-Type": "text/markdown; charset=utf-8" }) as never;
});

function howTo(publicUrl: string): string {
  return `# Deploy an app

\`POST ${publicUrl}/deploy/new\` builds a tarball and runs it behind HTTPS. It needs an API key.

\`\`\`sh
tar -czf app.tar.gz .
curl -X POST ${publicUrl}/deploy/new \\
  -H "Authorization: Bearer $API_KEY" \\
  -F tarball=@app.tar.gz -F name=my-app -F port=${PORT_DEFAULT}
\`\`\`

The answer is 202. \`item.url\` is the app's address. \`GET ${publicUrl}/deploy/{app_id}\` shows \`status\`: \`healthy\` when it answers, \`failed\` with
\`failure.hint\` when it does not. \`GET ${publicUrl}/deploy/{app_id}/logs\` follows the build.

To get an API key: create a resource without a credential, POST its \`upgrade_jwt\` and an e-mail address to ${publicUrl}/claim, open the mailed link,
and make a key at ${publicUrl}/dashboard/api-keys. All fields: ${publicUrl}/openapi.json
`;
}
