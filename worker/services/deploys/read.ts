/** The deployments of a team: one, a page of them, the timeline of one. */
import type { RequestContext } from "../../context.ts";
import { lookupFailed } from "../../errors.ts";
import { listEvents, type ServiceEvent } from "../../platform-db/service-history.ts";
import { listServices, type Service, type ServiceFilter } from "../../platform-db/services.ts";
import { requireAccount } from "../actor.ts";
import { findDeployment } from "./find.ts";
import { type DeployItem, describeDeployment } from "./item.ts";

type Asked<I> = { ctx: RequestContext; input: I };

/** @returns one page, newest first; `next` is the `before` of the following page, null on the last page @throws ApiError `lookup_failed` */
export async function listDeployments({
  ctx,
  input,
}: Asked<ServiceFilter>): Promise<{ items: DeployItem[]; total: number; next: ServiceFilter["before"] }> {
  const { team } = requireAccount(ctx);
  // One more row tells whether another page exists.
  const { total, items } = await listServices(ctx.deps.database, team.id, { ...input, limit: input.limit + 1 }).catch(lookupFailed);
  const shown = items.slice(0, input.limit);
  const last = shown.at(-1);
  const next = items.length > input.limit && last !== undefined ? { createdAt: last.created_at, id: last.id } : null;
  return { items: await Promise.all(shown.map((row) => describeDeployment(ctx, row))), total, next };
}

/** Newest first. @throws ApiError `not_found`, `lookup_failed` */
export async function readEvents({
  ctx,
  input: { id, limit },
}: Asked<{ id: string; limit: number }>): Promise<{ service: Service; events: ServiceEvent[] }> {
  const service = await findDeployment(ctx, id);
  return { service, events: await listEvents(ctx.deps.database, service.id, limit).catch(lookupFailed) };
}
