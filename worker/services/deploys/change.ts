/** A change of a deployment: read the row, decide, write only if nothing else changed it in between; else decide again. */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { changeService, type ServiceChange, type ServiceConfig } from "../../platform-db/service-changes.ts";
import type { Service } from "../../platform-db/services.ts";
import { auditActorOf } from "../actor.ts";
import { findDeployment } from "./find.ts";
import { sendOperations } from "./send.ts";

/** A deployment rarely has more concurrent changes than this. */
const TRIES_MAX = 4;

type Decided = Omit<ServiceChange, "before">;
type Asked = { ctx: RequestContext; id: string };

/**
 * @param decide throws when the change is not possible in this state
 * @returns the deployment after the change @throws ApiError `not_found`, `not_ready`, `update_failed`, and those of `decide`
 */
export async function changeDeployment({ ctx, id }: Asked, decide: (before: Service) => Promise<Decided>): Promise<Service> {
  const { deps } = ctx;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const before = await findDeployment(ctx, id);
    const change = { before, ...(await decide(before)) };
    const isDone = await changeService(deps.database, change, auditActorOf(ctx), new Date(deps.clock.now())).catch(updateFailed);
    if (!isDone) continue;
    await deps.fault("worker.deploy.after_row", before.id);
    if (change.operation !== undefined) ctx.later(() => sendOperations(deps, before.id));
    return findDeployment(ctx, before.id);
  }
  throw new ApiError("not_ready");
}

/** @throws ApiError `not_ready` unless it has one of these states */
export function requireStatus({ status }: Service, allowed: readonly Service["status"][]): void {
  if (!allowed.includes(status)) throw new ApiError("not_ready", { detail: status });
}

/** Neither going nor gone. */
export const LIVING = ["building", "deploying", "healthy", "failed", "stopped"] as const satisfies readonly Service["status"][];

/** What the row holds now. */
export function configOf(row: Service): ServiceConfig {
  return {
    port: row.port,
    variablesSealed: row.variables_sealed ?? "",
    bindings: row.bindings,
    isPrivate: row.is_private,
    allowedIps: row.allowed_ips,
    ttlPolicy: row.ttl_policy,
    expiresAt: row.expires_at,
    notifySealed: row.notify_sealed,
  };
}

function updateFailed(cause: unknown): never {
  throw new ApiError("update_failed", { cause });
}
