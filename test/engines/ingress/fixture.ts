/** The ingress with routes from a registry of its own, apps as plain servers of Node, and clients that trust its certificate. */
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { WebSocket } from "ws";
import type { RouteAccess } from "../../../contract/deploys.ts";
import { openDataDirectory, removeDataDirectory } from "../../../dev/data/directory.ts";
import { freePort } from "../../../dev/ports.ts";
import { silentProgress } from "../../../dev/progress.ts";
import { ensurePresent } from "../../../dev/service.ts";
import { type Ingress, ingress } from "../../../dev/services/ingress.ts";
import { haproxy, ingressSchema } from "../../../provisioner-bridge/ingress/haproxy/proxy.ts";
import { type AppsProxy, type Routes, startRoutes } from "../../../provisioner-bridge/ingress/routes.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { systemClock } from "../../../provisioner-bridge/ports/clock.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { openRegistry } from "../../../provisioner-bridge/registry/database.ts";
import { migrateRegistry } from "../../../provisioner-bridge/registry/migrate.ts";
import { createDatabase } from "../../support/bridge.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";

export const PUBLIC: RouteAccess = { is_private: false, allowed_ips: [] };
/** The certificate's names resolve to this machine, which Node does not know by itself. */
export const HOST = "127.0.0.1";

export type Bench = {
  ingress: Ingress;
  proxy: AppsProxy;
  registry: pg.Pool;
  routes: Routes;
  port: number;
  ca: Buffer;
  /** Starts a bridge's half again, as a restart of the bridge does. */
  startRoutes(): Routes & { stop(): Promise<void> };
};

export function useIngress(): Bench {
  let made: (Bench & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    made = await makeBench();
  });
  afterAll(() => made?.close());
  return new Proxy({} as Bench, { get: (_target, key) => Reflect.get(made ?? {}, key) });
}

async function makeBench(): Promise<Bench & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "instanode-ingress-"));
  const paths = openDataDirectory(join(folder, "data"));
  const port = await freePort();
  const proxied = ingress({ paths, port }, { logsDir: paths.logs, restartCrashed: true, log: silentProgress });
  await ensurePresent(proxied, silentProgress);
  await proxied.start();
  await proxied.ready();
  const log = createLog("silent");
  const registry = openRegistry(await createDatabase((await sharedRegistryServer()).url), log);
  await migrateRegistry(registry);
  const proxy = haproxy(ingressSchema.parse(JSON.parse(proxied.bridgeEnvironment().BRIDGE_INGRESS ?? "")));
  const begin = () => startRoutes({ registry, proxy, clock: systemClock, random: systemRandom, log });
  const routes = begin();
  return {
    ingress: proxied,
    proxy,
    registry,
    routes,
    port,
    ca: readFileSync(proxied.rootCertificate),
    startRoutes: begin,
    async close() {
      await routes.stop();
      await proxied.stop();
      await registry.end();
      removeDataDirectory(paths.dataDir);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const newAppId = (): string => `a${randomBytes(8).toString("hex").slice(0, 7)}`;

export type App = { server: Server; upstream: string; close(): Promise<void> };

/** A container's process. */
export async function startApp(listener: RequestListener): Promise<App> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const upstream = `${HOST}:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { server, upstream, close };
}

/** A route to `upstream`. @returns its app id */
export async function route({ routes }: Bench, upstream: string, access: RouteAccess = PUBLIC): Promise<string> {
  const appId = newAppId();
  await routes.set({ appId, serviceId: randomUUID(), release: 1, upstream, access });
  return appId;
}

export const hostOf = (appId: string): string => `${appId}.deployment.localhost`;

export function optionsFor({ port, ca }: Bench, appId: string): RequestOptions {
  return { host: HOST, port, servername: hostOf(appId), headers: { host: `${hostOf(appId)}:${port}` }, ca };
}

export type Answer = { status: number; body: string; headers: Record<string, unknown> };

/** One request; with an agent, on its kept connections. */
export function ask(bench: Bench, appId: string, options: RequestOptions & { body?: string } = {}): Promise<Answer> {
  const base = optionsFor(bench, appId);
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ ...base, ...rest, headers: { ...base.headers, ...rest.headers } }, (answer) => {
      text(answer).then((read) => resolve({ status: answer.statusCode ?? 0, body: read, headers: answer.headers }), reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

export const keptConnections = (count: number): Agent => new Agent({ keepAlive: true, maxSockets: count });

export async function openSocket(bench: Bench, appId: string): Promise<WebSocket> {
  const { servername, ca, headers } = optionsFor(bench, appId);
  const secured = { servername, ca, headers: { host: hostOf(appId), ...headers } };
  const socket = new WebSocket(`wss://${HOST}:${bench.port}/`, [], secured);
  await once(socket, "open");
  return socket;
}
