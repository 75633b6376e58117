/**
 * A machine in memory: container engine, routes and sources as operations use them. It outlives the process that runs an operation, as a
 * real one does. The drivers themselves are tested against real engines.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import type { Route, Routes } from "../../../provisioner-bridge/ingress/routes.ts";
import { Refusal } from "../../../provisioner-bridge/refusal.ts";
import {
  type Build,
  type Container,
  type ContainerState,
  type Driver,
  DriverFailure,
  type ReleaseRef,
} from "../../../provisioner-bridge/services/driver.ts";
import type { Sources } from "../../../provisioner-bridge/services/sources/sources.ts";

type Running = { container: Container; state: ContainerState };

/** How builds and containers of the next release behave. */
export type Behaviour = {
  build?: (build: Build) => Promise<void>;
  /** Overrides of the state of a started container. */
  state?: Partial<ContainerState>;
  listening?: number[];
  lines?: string[];
  /** Of every container. */
  diskBytes?: number;
};

export type Machine = {
  driver: Driver;
  routes: Routes;
  sources: Pick<Sources, "context" | "drop">;
  /** Everything there is, as sorted names. */
  contents(): { containers: string[]; images: string[]; networks: string[]; routes: string[]; sources: string[] };
  addSource(id: string): void;
  behaviour: Behaviour;
  container(ref: ReleaseRef): Running | undefined;
  close(): Promise<void>;
};

const nameOf = ({ serviceId, release }: { serviceId: string; release: number }) => `${serviceId} ${release}`;

export async function startMachine(): Promise<Machine> {
  const app = await startApp();
  const address = `127.0.0.1:${(app.address() as AddressInfo).port}`;
  const containers = new Map<string, Running>();
  const [images, networks, sources] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const routes = new Map<string, Route>();
  const machine: Machine = {
    behaviour: {},
    container: (ref) => containers.get(nameOf(ref)),
    addSource: (id) => void sources.add(id),
    contents: () => ({
      containers: [...containers].map(([name, { state }]) => `${name} ${state.isRunning ? "runs" : "stands"}`).sort(),
      images: [...images].sort(),
      networks: [...networks].sort(),
      routes: [...routes].map(([appId, route]) => `${appId} ${route.release}`).sort(),
      sources: [...sources].sort(),
    }),
    routes: {
      set: async ({ appId, ...route }) => void routes.set(appId, route),
      setAccess: async (appId, access) => {
        const route = routes.get(appId);
        if (route !== undefined) routes.set(appId, { ...route, access });
      },
      suspend: async (appId) => void routes.delete(appId),
      remove: async (appId) => void routes.delete(appId),
      find: async (appId) => routes.get(appId) ?? null,
    },
    sources: {
      context: async (id) => {
        if (!sources.has(id)) throw new Refusal("unknown_source");
        return { context: Readable.from([]), dockerfile: "Dockerfile", written: "FROM busybox\n", hasRun: false };
      },
      drop: async (id) => void sources.delete(id),
    },
    driver: {
      name: "memory",
      probe: async () => {},
      build: async (build) => {
        await machine.behaviour.build?.(build);
        build.onLine(`built release ${build.release}`);
        images.add(nameOf(build));
      },
      hasImage: async (ref) => images.has(nameOf(ref)),
      removeImage: async (ref) => void images.delete(nameOf(ref)),
      ensureNetwork: async (serviceId) => void networks.add(serviceId),
      removeNetwork: async (serviceId) => {
        if ([...containers.values()].some(({ container }) => container.serviceId === serviceId)) throw new Error("the network is in use");
        networks.delete(serviceId);
      },
      start: async (container) => {
        const image = nameOf({ ...container, release: container.imageRelease });
        if (!images.has(image)) throw new DriverFailure("image_not_found", "no such image");
        if (!networks.has(container.serviceId)) throw new Error("no such network");
        const state = { isRunning: true, address, exitCode: null, wasOutOfMemory: false, ...machine.behaviour.state };
        containers.set(nameOf(container), { container, state });
      },
      settings: async (ref) => {
        const one = containers.get(nameOf(ref))?.container;
        return one === undefined
          ? null
          : { variables: one.variables, cpuMillicores: one.limits.cpu * 1_000, memoryMb: one.limits.memory_mb, diskMb: one.limits.disk_mb };
      },
      running: async () => [...containers.values()].filter(({ state }) => state.isRunning).map(({ container }) => container),
      usage: async () => [],
      diskUsage: async () =>
        [...containers.values()].map(({ container }) => ({
          ref: container,
          bytes: machine.behaviour.diskBytes ?? 0,
          limitMb: container.limits.disk_mb,
        })),
      resume: async (ref) => {
        const one = containers.get(nameOf(ref));
        if (one !== undefined) one.state = { ...one.state, isRunning: true, address, ...machine.behaviour.state };
      },
      inspect: async (ref) => containers.get(nameOf(ref))?.state ?? null,
      listeningPorts: async () => machine.behaviour.listening ?? [],
      stop: async (ref) => {
        const one = containers.get(nameOf(ref));
        if (one !== undefined) one.state = { ...one.state, isRunning: false, address: null, exitCode: 0 };
      },
      removeContainer: async (ref) => void containers.delete(nameOf(ref)),
      async *logs() {
        for (const text of machine.behaviour.lines ?? ["the app has started"]) {
          yield { time: new Date(0).toISOString(), stream: "stdout" as const, text };
        }
      },
      pruneLayers: async () => {},
      owned: async () => ({
        containers: [...containers.values()].map(({ container }) => container),
        images: [...images].map((name) => {
          const [serviceId = "", release] = name.split(" ");
          return { serviceId, appId: "", release: Number(release) };
        }),
        networks: [...networks].map((serviceId) => ({ serviceId })),
      }),
      close: async () => {},
    },
    close: () => {
      app.closeAllConnections();
      return new Promise((resolve) => app.close(() => resolve()));
    },
  };
  return machine;
}

/** What every container runs. */
async function startApp(): Promise<Server> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
