/** A new release of a service as an operation: its plan, with everything it needs resolved now. */
import { RELEASES_KEPT, type Source } from "../../../contract/deploys.ts";
import type { OperationPlan } from "../../../contract/operations.ts";
import { plans, type Tier } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import type { NewOperation, ServiceConfig } from "../../platform-db/service-changes.ts";
import { readBoundVariables } from "./bindings.ts";
import { requireSmall } from "./fields.ts";
import { openVariables, sealOwnPlan } from "./secrets.ts";

export type ReleaseOf = {
  serviceId: string;
  appId: string;
  tier: Tier;
  number: number;
  config: ServiceConfig;
  source: Source | null;
  imageOf: number | null;
};

/** @throws ApiError of the bindings, `env_too_large` */
export async function planRelease(ctx: RequestContext, operationId: string, release: ReleaseOf): Promise<NewOperation> {
  const { deps } = ctx;
  const { config } = release;
  const [own, bound] = await Promise.all([
    openVariables(deps, release.serviceId, config.variablesSealed),
    readBoundVariables(ctx, config.bindings),
  ]);
  // A variable that the caller set is never replaced by one that comes with a binding; a binding's own name is the caller's wish, too.
  const named = Object.fromEntries(Object.keys(config.bindings).map((name) => [name, bound[name] ?? ""]));
  const variables = { ...bound, ...own, ...named };
  requireSmall(variables);
  const plan: OperationPlan = {
    verb: "deploy",
    app_id: release.appId,
    release: release.number,
    port: config.port,
    variables,
    limits: containerLimits(release.tier),
    access: { is_private: config.isPrivate, allowed_ips: config.allowedIps },
    source: release.source,
    image_of: release.imageOf,
  };
  return { id: operationId, verb: "deploy", planSealed: await sealOwnPlan(deps, operationId, plan) };
}

function containerLimits(tier: Tier) {
  const { deployment_memory_mb, deployment_cpu, deployment_disk_mb } = plans.tiers[tier].limits;
  return { memory_mb: deployment_memory_mb, cpu: deployment_cpu, disk_mb: deployment_disk_mb };
}

type Origin = { number: number; source: Source | null; image_of: number | null; state: string };

/** The release that built the image of this one. */
export const builtBy = ({ number, image_of }: Pick<Origin, "number" | "image_of">): number => image_of ?? number;

/** The releases whose image is kept: of the newest builds, those that succeeded. @param releases newest first */
export function withImage<R extends Origin>(releases: readonly R[]): R[] {
  const kept = new Set(
    releases
      .filter(({ source, state }) => source !== null && isBuilt(state))
      .slice(0, RELEASES_KEPT)
      .map(({ number }) => number),
  );
  return releases.filter((release) => isBuilt(release.state) && kept.has(builtBy(release)));
}

function isBuilt(state: string): boolean {
  return state === "live" || state === "superseded";
}
