/** What the routes of deployments have in common: the path, the answer's schemas, and the two prefixes. */
import { createRoute, type RouteConfig, type RouteHandler, z } from "@hono/zod-openapi";
import { ALLOWED_IPS_MAX, failureSchema, serviceStatusSchema } from "../../../contract/deploys.ts";
import type { ErrorCode } from "../../../contract/errors.ts";
import { tierSchema } from "../../../contract/plans.ts";
import type { AppContext, AppEnv, Endpoint } from "../../http.ts";
import { endpoint } from "../endpoint.ts";
import { field } from "../field.ts";
import type { Input } from "../request-input.ts";

export const DEPLOY_TAG = "Deployments";
const PREFIXES = { documented: "/api/v1/deployments/{id}", short: "/deploy/{id}" } as const;

/** How any route about one deployment can be refused. One of another team is `not_found`, byte for byte. */
export const DEPLOYMENT_REFUSALS = [
  "unauthorized",
  "insufficient_scope",
  "not_found",
  "service_disabled",
  "lookup_failed",
] as const satisfies readonly ErrorCode[];
export const CHANGE_REFUSALS = [
  ...DEPLOYMENT_REFUSALS,
  "foreign_origin",
  "not_ready",
  "update_failed",
] as const satisfies readonly ErrorCode[];
export const BODY_REFUSALS = ["invalid_body", "payload_too_large", "unsupported_media_type"] as const satisfies readonly ErrorCode[];
export const BINDING_REFUSALS = [
  "resource_binding_not_found",
  "resource_binding_forbidden",
  "resource_binding_lookup_failed",
  "env_too_large",
] as const satisfies readonly ErrorCode[];
/** Of a new release without an upload. */
export const RELEASE_REFUSALS = [...BINDING_REFUSALS, "builder_unavailable"] as const satisfies readonly ErrorCode[];

export const deploymentParameters = {
  params: z.object({
    id: field(z.string().openapi({ description: "The deployment's `app_id` or `id`.", example: "k3v9x2ab" }), { invalid: "not_found" }),
  }),
};

const failure = z
  .object(failureSchema.shape)
  .openapi("DeployFailure", { description: "Why the newest release failed, and what to change." });

const itemFields = {
  id: z.uuid(),
  app_id: z.string().openapi({ description: "The first label of the URL's host name.", example: "k3v9x2ab" }),
  token: z.string().openapi({ description: "The same as `app_id`. It is a name, not a credential." }),
  team_id: z.uuid(),
  name: z.string(),
  port: z.number().int(),
  url: z.url().openapi({ description: "Answers once the first release is healthy." }),
  status: z.enum(serviceStatusSchema.exclude(["deleted"]).options).openapi({
    description:
      "`building` and `deploying` while a release is under way; an earlier one answers meanwhile. `healthy`: the URL answers. After a release that failed, an earlier one that still answers makes it `healthy` again; `failure` says why.",
  }),
  tier: z.enum(tierSchema.options),
  environment: z.string(),
  env: z
    .record(z.string(), z.string())
    .openapi({ description: "The names of its variables; every value is masked.", example: { LOG_LEVEL: "***" } }),
  resource_bindings: z
    .record(z.string(), z.uuid())
    .openapi({ description: "Variables that hold the internal address of a resource: name → the resource's id." }),
  private: z.boolean(),
  allowed_ips: z.array(z.string()).max(ALLOWED_IPS_MAX),
  ttl_policy: z.enum(["permanent", "auto_24h", "custom"]),
  expires_at: z.iso.datetime().optional(),
  extend_ttl_url: z.url().optional(),
  make_permanent_url: z.url().optional(),
  notify_webhook: z.url().nullable(),
  notify_state: z.enum(["unset", "pending", "sent", "failed"]),
  notify_attempts: z.number().int(),
  notify_secret_set: z.boolean(),
  provider_id: z.string(),
  release: z.number().int().openapi({ description: "The newest release." }),
  current_release: z.number().int().nullable().openapi({ description: "The release that answers or, while stopped, answered last." }),
  queue_position: z
    .number()
    .int()
    .nullable()
    .openapi({ description: "How many builds start before this one; null when it does not wait." }),
  error: z.string().optional().openapi({ description: "`failure.event`." }),
  failure: failure.optional(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
};
export const deployItemSchema = z.object(itemFields).openapi("DeployItem");

export const deployAnswerSchema = z
  .object({
    ok: z.literal(true),
    item: z.object({ ...itemFields, redeployed: z.boolean() }).openapi("AnsweredDeployItem"),
    redeployed: z.boolean().openapi({ description: "Whether an upload has updated an existing deployment." }),
    note: z.string(),
    agent_action: z.string().optional(),
  })
  .openapi("DeployResponse");

type Definition = Omit<RouteConfig, "path" | "tags" | "request"> & {
  request: { params: typeof deploymentParameters.params } & NonNullable<RouteConfig["request"]>;
};
type Rules = Pick<Endpoint, "access" | "rate">;

/**
 * One handler under both prefixes. The document shows the first.
 * @param below what follows the deployment's own path: "" or "/logs"
 */
export function onBothPrefixes<D extends Definition>(
  below: "" | `/${string}`,
  definition: D,
  rules: Rules,
  handler: (c: AppContext, input: Input<D>) => ReturnType<RouteHandler<D & { path: string }, AppEnv>>,
): Endpoint[] {
  return Object.values(PREFIXES).map((prefix) => {
    const hide = prefix === PREFIXES.short;
    const route = createRoute({ ...definition, tags: [DEPLOY_TAG], path: prefix + below, ...(hide ? { hide } : {}) });
    // The cast: the path is no part of what a handler reads or answers.
    return endpoint(route, rules, handler as unknown as Parameters<typeof endpoint<typeof route>>[2]);
  });
}
