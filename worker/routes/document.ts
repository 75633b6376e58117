/** The OpenAPI 3.1 document of all endpoints. Written to assets/openapi.json by `npm run generate`; agents need no other documentation. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { takesRole } from "../access.ts";
import { build } from "../build.ts";
import type { AppEnv, Endpoint } from "../http.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { COMMON_RESPONSES, DOCUMENTED_URL, withRefusal } from "./openapi.ts";

const CLAIM_FLOW = `A session JWT or an API key (\`ink_…\`). Provisioning needs none: send no Authorization header at all. To get one:

1. Provision any resource anonymously, e.g. \`POST /db/new\` with \`{"name":"prod-db"}\`. Keep \`upgrade_jwt\` of the answer.
2. Optional: \`GET /claim/preview?t=<upgrade_jwt>\` lists what a claim would attach. No side effect.
3. \`POST /claim\` with \`{"token":"<upgrade_jwt>","email":"…"}\` (\`jwt\` works in place of \`token\`). A magic link is mailed; nothing else changes yet.
4. A person opens the link and confirms: the resources of the fingerprint move to the team, and a session cookie is set. Connection URLs do not change.
5. For unattended use: \`POST /api/v1/auth/api-keys\` with that session, then \`Authorization: Bearer <key>\` on every request.
6. \`GET /api/v1/whoami\` tells whether a credential works.

An invalid credential is 401 (\`error_code\` says why), never an anonymous request. Unclaimed anonymous resources are deleted after 24 hours.`;

const DOCUMENT = {
  openapi: "3.1.0",
  info: {
    title: "instanode",
    version: build.version,
    description:
      "One curl gives you real infrastructure: no sign-up, no key, no Docker. Every error is an `ErrorEnvelope` whose `agent_action` says what to do next. " +
      "Creates take an `Idempotency-Key` (see /docs/idempotency).",
  },
  servers: [{ url: DOCUMENTED_URL }],
  tags: [
    { name: "Provisioning", description: "Resources that work as soon as the answer arrives." },
    { name: "Webhooks", description: "Inboxes: public to post to, private to read." },
    { name: "Storage", description: "Objects: signed URLs and refreshed keys." },
    { name: "Resources", description: "Managing resources, with a team's bearer or the resource's own `upgrade_jwt`." },
    {
      name: "Deployments",
      description: "Apps built from a tarball, each behind an HTTPS URL of its own. Every route is also under `/deploy/{id}`.",
    },
    { name: "Claim", description: "Keeping resources that were made without an account." },
    { name: "Account", description: "Signing in, API keys, usage and the audit log." },
    { name: "Operations", description: "Probes and public keys." },
    { name: "Documentation", description: "This document and its pages." },
  ],
};

/** Adds an endpoint to an app and, unless it is hidden, to its document. */
export function mount(app: OpenAPIHono<AppEnv>, { route, access, handler, takesAnyMethod }: Endpoint): void {
  const { hide, middleware: _middleware, ...documented } = route;
  const responses = takesRole(access) ? withRefusal(route.responses, "forbidden") : route.responses;
  if (!hide) app.openAPIRegistry.registerPath({ ...documented, responses });
  if (takesAnyMethod) app.all(route.getRoutingPath(), handler);
  else app.on(route.method.toUpperCase(), route.getRoutingPath(), handler);
}

export function openApiDocument() {
  const app = new OpenAPIHono<AppEnv>();
  app.openAPIRegistry.registerComponent("securitySchemes", "bearerAuth", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "session JWT or API key",
    description: CLAIM_FLOW,
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "resourceAuth", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "The `upgrade_jwt` of the resource in the path, until the resource is claimed.",
  });
  for (const { name, response } of COMMON_RESPONSES) app.openAPIRegistry.registerComponent("responses", name, response);
  for (const endpoint of ENDPOINTS) mount(app, endpoint);
  return app.getOpenAPI31Document(DOCUMENT);
}
