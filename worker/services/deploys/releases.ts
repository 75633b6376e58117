/** New releases of a deployment without a new upload, and stopping it. Each is one operation; another one is refused while it runs. */
import type { Failure } from "../../../contract/deploys.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import type { AuditAction } from "../../platform-db/audit.ts";
import { noteRefusedRelease } from "../../platform-db/service-changes.ts";
import { listReleases, type Release } from "../../platform-db/service-history.ts";
import type { Service } from "../../platform-db/services.ts";
import { requireAccount } from "../actor.ts";
import { requireBuilder } from "./builder.ts";
import { changeDeployment, configOf, requireStatus } from "./change.ts";
import { findDeployment } from "./find.ts";
import { builtBy, planRelease, withImage } from "./release.ts";

type Asked<I = unknown> = { ctx: RequestContext; input: { id: string } & I };

/** Far more than have an image. */
const RELEASES_LOOKED_AT = 200;
const SETTLED = ["healthy", "failed", "stopped"] as const;

type Origin = Pick<Release, "source"> & { imageOf: number | null };

/** Tries a release that failed again; else runs the current image again. Both with the variables of now. @throws ApiError `builder_unavailable`, `not_ready`, those of the bindings */
export async function redeploy({ ctx, input: { id } }: Asked): Promise<Service> {
  return release(ctx, id, { allowed: SETTLED, action: "deployment.redeployed", originOf: again });
}

/** Runs the image of an earlier release. @throws ApiError `release_not_found`, as `redeploy` */
export async function rollBack({ ctx, input: { id, release: wanted } }: Asked<{ release: number }>): Promise<Service> {
  const originOf = (_before: Service, all: Release[]): Origin | null => {
    const found = withImage(all).find(({ number }) => number === wanted);
    if (found === undefined) throw new ApiError("release_not_found");
    return { source: null, imageOf: builtBy(found) };
  };
  return release(ctx, id, { allowed: SETTLED, action: "deployment.rolled_back", originOf });
}

/** Starts what was stopped. @throws ApiError as `redeploy` */
export async function startDeployment({ ctx, input: { id } }: Asked): Promise<Service> {
  return release(ctx, id, { allowed: ["stopped"], action: "deployment.started", originOf: current });
}

/** Its URL answers no longer; its image is kept. One that keeps ending can be stopped, too. @throws ApiError `not_ready` */
export async function stopDeployment({ ctx, input: { id } }: Asked): Promise<Service> {
  return changeDeployment({ ctx, id }, async (before) => {
    requireStatus(before, before.current_release === null ? ["healthy"] : ["healthy", "failed"]);
    return {
      operation: { id: ctx.deps.ids.uuid(), verb: "stop", planSealed: null },
      whenSettled: true,
      event: "stopping",
      action: "deployment.stopped",
    };
  });
}

type Wanted = {
  allowed: readonly Service["status"][];
  action: AuditAction;
  /** Null: there is nothing to run. */
  originOf: (before: Service, all: Release[]) => Origin | null;
};

async function release(ctx: RequestContext, id: string, { allowed, action, originOf }: Wanted): Promise<Service> {
  const { deps } = ctx;
  const { team, userId } = requireAccount(ctx);
  await requireBuilder(ctx);
  return changeDeployment({ ctx, id }, async (before) => {
    requireStatus(before, allowed);
    const origin = originOf(before, await listReleases(deps.database, before.id, RELEASES_LOOKED_AT).catch(lookupFailed));
    if (origin === null) throw new ApiError("not_ready", { detail: before.status });
    const { source, imageOf } = origin;
    const config = configOf(before);
    const of = { serviceId: before.id, appId: before.app_id, tier: team.tier, number: before.release + 1, config, source, imageOf };
    const status = source === null ? "deploying" : "building";
    const operation = await planRelease(ctx, deps.ids.uuid(), of).catch((cause: unknown) => noteMissingBinding(ctx, before, cause));
    return { status, operation, release: { source, imageOf, createdBy: userId }, whenSettled: true, event: status, action };
  });
}

/** A resource that is bound has gone since. The release is refused, and its owner reads why in the item and the timeline as well. @throws `cause` */
async function noteMissingBinding({ deps }: RequestContext, { id, release }: Service, cause: unknown): Promise<never> {
  if (cause instanceof ApiError && cause.code === "resource_binding_not_found") {
    const at = new Date(deps.clock.now());
    await noteRefusedRelease(deps.database, { id, release }, missingBinding(cause.detail ?? "", at), at).catch((err: unknown) =>
      deps.log.warn("deploy.refusal_not_noted", { resourceId: id, cause: err }),
    );
  }
  throw cause;
}

/** Pure. @param variable whose resource is gone */
function missingBinding(variable: string, at: Date): Failure {
  return {
    reason: "binding_missing",
    event: `The resource bound to ${variable} does not exist any more, so no release was made.`,
    hint: `Bind ${variable} to a resource that exists, or remove the binding: deploy with redeploy=true and another resource_bindings.`,
    exit_code: null,
    last_lines: "",
    occurred_at: at.toISOString(),
  };
}

function current({ current_release }: Service, all: Release[]): Origin | null {
  const found = all.find(({ number }) => number === current_release);
  return found === undefined ? null : { source: null, imageOf: builtBy(found) };
}

function again(before: Service, all: Release[]): Origin | null {
  const [newest] = all;
  if (newest?.state !== "failed") return current(before, all);
  return newest.source === null ? { source: null, imageOf: newest.image_of } : { source: newest.source, imageOf: null };
}

export type ListedRelease = Release & { isCurrent: boolean; canRollBack: boolean };

/** Newest first. @throws ApiError `not_found`, `lookup_failed` */
export async function readReleases({
  ctx,
  input: { id, limit },
}: Asked<{ limit: number }>): Promise<{ service: Service; releases: ListedRelease[] }> {
  const service = await findDeployment(ctx, id);
  const all = await listReleases(ctx.deps.database, service.id, RELEASES_LOOKED_AT).catch(lookupFailed);
  const kept = new Set(withImage(all).map(({ number }) => number));
  const releases = all
    .slice(0, limit)
    .map((one) => ({ ...one, isCurrent: one.number === service.current_release, canRollBack: kept.has(one.number) }));
  return { service, releases };
}
