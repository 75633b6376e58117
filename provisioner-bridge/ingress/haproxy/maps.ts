/** The two maps by which HAProxy routes. Its configuration (configuration.ts) reads them; it never changes itself. */
import type { RouteRow } from "../../registry/routes.ts";
import { clientPrefixes } from "./networks.ts";

/** `routes`: app id → "public/<address>/<port>", "private/<address>/<port>" or "stopped". `clients`: who may call a private app. */
export const MAP_NAMES = ["routes", "clients"] as const;
export type MapName = (typeof MAP_NAMES)[number];
export type Maps = Readonly<Record<MapName, readonly string[]>>;

/** The lines of each map, "key value". */
export function mapsOf(routes: readonly RouteRow[]): Maps {
  return {
    routes: routes.map((route) => `${route.appId} ${target(route)}`),
    clients: routes.flatMap(({ appId, access }) => {
      if (!access.is_private) return [];
      const prefixes = new Set(access.allowed_ips.flatMap(clientPrefixes));
      return [...prefixes].map((prefix) => `${appId}/${prefix} 1`);
    }),
  };
}

function target({ upstream, access }: RouteRow): string {
  if (upstream === null) return "stopped";
  const colon = upstream.lastIndexOf(":");
  const address = upstream.slice(0, colon).replace(/^\[|\]$/g, "");
  return `${access.is_private ? "private" : "public"}/${address}/${upstream.slice(colon + 1)}`;
}
