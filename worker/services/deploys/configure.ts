/** Changes of a deployment that need no new release: variables (used by the next one), who may call its URL, its lifetime. */
import { plans, type Tier } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { Service } from "../../platform-db/services.ts";
import { requireAccount } from "../actor.ts";
import { changeDeployment, configOf, LIVING, requireStatus } from "./change.ts";
import { readAllowedIps, readVariables, requireSmall } from "./fields.ts";
import { openVariables, sealVariables } from "./secrets.ts";

type Asked<I> = { ctx: RequestContext; input: { id: string } & I };

const HOUR_MS = 3_600_000;
export const TTL_HOURS_MAX = 8_760;

/** Merges: an empty text deletes a variable. The next release has them. @throws ApiError of `readVariables`, `missing_fields`, `not_ready` */
export async function setVariables({ ctx, input: { id, variables: sent } }: Asked<{ variables: unknown }>): Promise<Service> {
  const changes = readVariables(sent ?? null);
  if (changes === null) throw new ApiError("missing_fields", { detail: '"env": an object of variables' });
  return changeDeployment({ ctx, id }, async (before) => {
    requireStatus(before, LIVING);
    const { deps } = ctx;
    const merged = { ...(await openVariables(deps, before.id, before.variables_sealed)), ...changes };
    const variables = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""));
    requireSmall(variables);
    const variablesSealed = await sealVariables(deps, before.id, variables);
    return { config: { ...configOf(before), variablesSealed }, whenSettled: false, action: "deployment.variables_changed" };
  });
}

/** @throws ApiError `private_deploy_requires_pro`, `private_deploy_requires_allowed_ips` */
export function requireAccess(tier: Tier, access: { isPrivate: boolean; allowedIps: readonly string[] }): void {
  if (!access.isPrivate) return;
  if (!plans.tiers[tier].features.private_deploys) throw new ApiError("private_deploy_requires_pro");
  if (access.allowedIps.length === 0) throw new ApiError("private_deploy_requires_allowed_ips");
}

/** Replaces what is sent. @throws ApiError `missing_fields`, `type_mismatch`, those of `readAllowedIps` and `requireAccess`, `not_ready` */
export async function setAccess({
  ctx,
  input,
}: Asked<{ isPrivate: boolean | undefined; allowedIps: unknown[] | undefined }>): Promise<Service> {
  const { id, isPrivate, allowedIps: sent } = input;
  if (isPrivate === undefined && sent === undefined) throw new ApiError("missing_fields", { detail: '"private", "allowed_ips" or both' });
  const allowedIps = readAllowedIps(sent ?? null);
  const { team } = requireAccount(ctx);
  return changeDeployment({ ctx, id }, async (before) => {
    requireStatus(before, LIVING);
    const access = { isPrivate: isPrivate ?? before.is_private, allowedIps: allowedIps ?? before.allowed_ips };
    requireAccess(team.tier, access);
    const config = { ...configOf(before), ...access };
    // Before the first release there is no route yet; a release sets it as the row says when it begins.
    const hasRoute = before.is_serving || before.status === "building" || before.status === "deploying";
    const operation = { id: ctx.deps.ids.uuid(), verb: "access" as const, planSealed: null };
    return { config, whenSettled: false, action: "deployment.access_changed", ...(hasRoute ? { operation } : {}) };
  });
}

/** @param input.hours null: for good @throws ApiError `not_ready` */
export async function setLifetime({ ctx, input: { id, hours } }: Asked<{ hours: number | null }>): Promise<Service> {
  const now = ctx.deps.clock.now();
  const lifetime =
    hours === null
      ? ({ ttlPolicy: "permanent", expiresAt: null } as const)
      : ({ ttlPolicy: "custom", expiresAt: new Date(now + hours * HOUR_MS) } as const);
  return changeDeployment({ ctx, id }, async (before) => {
    requireStatus(before, LIVING);
    return { config: { ...configOf(before), ...lifetime }, whenSettled: false, action: "deployment.lifetime_changed" };
  });
}
