/** Where the URL of each service leads. */
import type pg from "pg";
import type { RouteAccess } from "../../contract/deploys.ts";
import type { Log } from "../log.ts";
import { startLoop } from "../loop.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { withRegistry } from "../registry/database.ts";
import {
  clearUpstream,
  deleteRoute,
  type RouteRow,
  readRoute,
  readRoutes,
  saveAccess,
  saveRoute,
  upstreamSchema,
} from "../registry/routes.ts";

export type Route = { serviceId: string; release: number; upstream: string; access: RouteAccess };

export interface Routes {
  /** Idempotent. Requests that begin after it resolves go to the new upstream ("host:port"). */
  set(route: Route & { appId: string }): Promise<void>;
  /** Changes nothing where the service has no route. */
  setAccess(appId: string, access: RouteAccess): Promise<void>;
  /** The service is stopped: its URL answers 503 until the next `set`. Changes nothing where the service has no route. */
  suspend(appId: string): Promise<void>;
  /** The URL answers 404. */
  remove(appId: string): Promise<void>;
  /** Null for a service that has no route or is stopped. */
  find(appId: string): Promise<Route | null>;
}

/** The proxy in front of the apps. */
export interface AppsProxy {
  /** Requests that begin after it resolves see exactly these routes. Rejects when the proxy does not answer. */
  apply(routes: readonly RouteRow[]): Promise<void>;
  /** Rejects when the proxy does not answer. */
  probe(): Promise<void>;
}

export type RoutesDeps = { registry: pg.Pool; proxy: AppsProxy; clock: Clock; random: Random; log: Log };

/** How late this bridge's proxy may learn of a change by another bridge. */
const REFRESH_MS = 10_000;

/** The registry decides; the proxy follows it: after each change, and on a timer for what other bridges change. */
export function startRoutes({ registry, proxy, clock, random, log }: RoutesDeps): Routes & { stop(): Promise<void> } {
  let applied: string | undefined;
  const refresh = async (): Promise<void> => {
    const rows = await withRegistry(registry, readRoutes);
    const wanted = JSON.stringify(rows);
    if (wanted === applied) return;
    applied = undefined;
    await proxy.apply(rows);
    applied = wanted;
  };
  const publish = shared(refresh);
  const pass = () => publish().catch((err: unknown) => log.warn({ err }, "the routes are not up to date"));
  const loop = startLoop({ clock, random, intervalMs: REFRESH_MS, pass });
  void pass();

  const change = async (write: (client: pg.PoolClient) => Promise<void>): Promise<void> => {
    await withRegistry(registry, write);
    await publish();
  };
  return {
    set: ({ appId, serviceId, release, upstream, access }) =>
      change((client) => saveRoute(client, { appId, serviceId, release, upstream: upstreamSchema.parse(upstream), access })),
    setAccess: (appId, access) => change((client) => saveAccess(client, appId, access)),
    suspend: (appId) => change((client) => clearUpstream(client, appId)),
    remove: (appId) => change((client) => deleteRoute(client, appId)),
    async find(appId) {
      const row = await withRegistry(registry, (client) => readRoute(client, appId));
      if (row === null || row.upstream === null) return null;
      const { serviceId, release, upstream, access } = row;
      return { serviceId, release, upstream, access };
    },
    stop: () => loop.stop(),
  };
}

/** Runs `work` once for all who call while it waits its turn. Each caller gets a run that began after its call. */
function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    next = undefined;
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return begin();
    next ??= running.then(begin, begin);
    return next;
  };
}
