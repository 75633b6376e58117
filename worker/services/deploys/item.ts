/** A deployment as its team sees it. Values of variables never leave the platform: they are masked. */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { Service } from "../../platform-db/services.ts";
import { openNotify, openVariables } from "./secrets.ts";

const MASK = "***";
const NOTE =
  "The deploy is under way. GET the deployment until status is healthy or failed; GET its /logs to follow it. Its URL answers once it is healthy.";

export type DeployItem = Awaited<ReturnType<typeof describeDeployment>>;

/** Null where this installation has no domain for deployments. */
export function urlOf(ctx: Pick<RequestContext, "deps">, appId: string): string {
  const { deploys } = ctx.deps.config;
  if (deploys === null) throw new ApiError("service_disabled");
  return `https://${appId}.${deploys.domain}`;
}

/** @throws ApiError `service_disabled` */
export async function describeDeployment(ctx: RequestContext, row: Service) {
  const { deps } = ctx;
  const [variables, notify] = await Promise.all([
    openVariables(deps, row.id, row.variables_sealed),
    openNotify(deps, row.id, row.notify_sealed),
  ]);
  const names = [...Object.keys(variables), ...Object.keys(row.bindings)];
  const base = `${deps.config.publicUrl}/api/v1/deployments/${row.app_id}`;
  return {
    id: row.id,
    app_id: row.app_id,
    token: row.app_id,
    team_id: row.team_id,
    name: row.name,
    port: row.port,
    url: urlOf(ctx, row.app_id),
    status: row.status,
    tier: row.tier,
    environment: row.environment,
    env: Object.fromEntries([...new Set(names)].sort().map((name) => [name, MASK])),
    resource_bindings: row.bindings,
    private: row.is_private,
    allowed_ips: row.allowed_ips,
    ttl_policy: row.ttl_policy,
    ...(row.expires_at === null
      ? {}
      : { expires_at: row.expires_at.toISOString(), extend_ttl_url: `${base}/ttl`, make_permanent_url: `${base}/make-permanent` }),
    notify_webhook: notify?.url ?? null,
    notify_state: row.notify_state,
    notify_attempts: row.notify_attempts,
    notify_secret_set: notify !== null && notify.secret !== null,
    provider_id: row.id,
    release: row.release,
    current_release: row.current_release,
    queue_position: row.queue_position,
    ...(row.failure === null ? {} : { error: row.failure.event, failure: row.failure }),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** What a deploy and every change of a deployment are answered with. */
export async function answerOf(ctx: RequestContext, service: Service, { redeployed = false, note = NOTE } = {}) {
  const item = await describeDeployment(ctx, service);
  const failure = item.failure === undefined ? {} : { agent_action: `Tell the user: ${item.failure.event} ${item.failure.hint}` };
  return { ok: true as const, item: { ...item, redeployed }, redeployed, note, ...failure };
}
