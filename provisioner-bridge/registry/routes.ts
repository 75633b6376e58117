/** The routes of services: rows of the registry, which the ingress follows. */
import { z } from "zod";
import { appIdSchema, type RouteAccess, routeAccessSchema } from "../../contract/deploys.ts";
import type { Query } from "./database.ts";

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d{1,5}$/;
/** "address:port". The ingress reads it from a file of its own format, so nothing else may stand in it. */
export const upstreamSchema = z.string().regex(ADDRESS);

const routeRowSchema = z
  .object({
    app_id: appIdSchema,
    service_id: z.uuid(),
    release: z.number().int(),
    upstream: upstreamSchema.nullable(),
    ...routeAccessSchema.shape,
  })
  .transform(({ app_id, service_id, release, upstream, is_private, allowed_ips }) => ({
    appId: app_id,
    serviceId: service_id,
    release,
    upstream,
    access: { is_private, allowed_ips },
  }));
/** `upstream`: null while the service is stopped. */
export type RouteRow = z.infer<typeof routeRowSchema>;

/** All routes, in the order of their app ids. */
export async function readRoutes(query: Query): Promise<RouteRow[]> {
  const { rows } = await query.query("SELECT * FROM routes ORDER BY app_id");
  return z.array(routeRowSchema).parse(rows);
}

export async function readRoute(query: Query, appId: string): Promise<RouteRow | null> {
  const { rows } = await query.query("SELECT * FROM routes WHERE app_id = $1", [appId]);
  return z.array(routeRowSchema).parse(rows)[0] ?? null;
}

export async function saveRoute(query: Query, route: RouteRow): Promise<void> {
  const { appId, serviceId, release, upstream, access } = route;
  await query.query(
    `INSERT INTO routes (app_id, service_id, release, upstream, is_private, allowed_ips) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (app_id) DO UPDATE SET service_id = $2, release = $3, upstream = $4, is_private = $5, allowed_ips = $6, changed_at = now()`,
    [appId, serviceId, release, upstream, access.is_private, access.allowed_ips],
  );
}

export async function saveAccess(query: Query, appId: string, access: RouteAccess): Promise<void> {
  await query.query("UPDATE routes SET is_private = $2, allowed_ips = $3, changed_at = now() WHERE app_id = $1", [
    appId,
    access.is_private,
    access.allowed_ips,
  ]);
}

export async function clearUpstream(query: Query, appId: string): Promise<void> {
  await query.query("UPDATE routes SET upstream = NULL, changed_at = now() WHERE app_id = $1", [appId]);
}

export async function deleteRoute(query: Query, appId: string): Promise<void> {
  await query.query("DELETE FROM routes WHERE app_id = $1", [appId]);
}
