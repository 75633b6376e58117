/** What a deployment used and answered in the last hour, as the bridge measured it. */
import type { AppMetrics } from "../../../contract/app-metrics.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { Service } from "../../platform-db/services.ts";
import { BridgeError } from "../../ports/bridge.ts";
import { findDeployment } from "./find.ts";

export type DeploymentMetrics = {
  service: Service /** Null before the first deploy has reached the bridge. */;
  metrics: AppMetrics | null;
};

/** @throws ApiError `not_found`, `fetch_failed` */
export async function readMetrics({ ctx, input: { id } }: { ctx: RequestContext; input: { id: string } }): Promise<DeploymentMetrics> {
  const { deps, requestId } = ctx;
  const service = await findDeployment(ctx, id);
  const job = { kind: "read_metrics" as const, args: { service_id: service.id } };
  try {
    const { metrics } = await deps.bridge.runService<"read_metrics">(job, deps.ids.uuid(), requestId);
    return { service, metrics };
  } catch (cause) {
    if (cause instanceof BridgeError && cause.code === "unknown_service") return { service, metrics: null };
    throw new ApiError("fetch_failed", { cause });
  }
}
