/** Runs containers: one for each release that serves or is about to. */
import type Docker from "dockerode";
import { z } from "zod";
import type { Container, ContainerSettings, ContainerState, DiskUsage, ReleaseRef } from "../driver.ts";
import { DriverFailure } from "../driver.ts";
import type { EngineClient } from "./client.ts";
import { messageOf, statusOf } from "./client.ts";
import type { RunnerConfiguration } from "./configuration.ts";
import { DISK_LABEL, type Inspected, inspectSchema, PORT_LABEL, refsOf, settingsOf, stateOf, usagesOf } from "./inspected.ts";
import type { Names } from "./names.ts";
import type { Networks } from "./networks.ts";

const MIB = 1_048_576;
const NANO = 1e9;
const NOT_FOUND = 404;
const CONFLICT = 409;
const PROCESSES_MAX = 256;
/** The kernel counts these by user, over all containers; PROCESSES_MAX bounds one container. */
const USER_PROCESSES_MAX = 8_192;
const OPEN_FILES_MAX = 4_096;
const LOG_BYTES = "10m";
/** What images rely on to change users and to listen below 1024. All other capabilities are dropped. */
const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"];

const ADDRESS_LABEL = "dev.instanode.address";
const listedSchema = z.array(z.object({ Labels: z.object({ [ADDRESS_LABEL]: z.string().optional() }).nullish() }));

export type Containers = {
  start(container: Container): Promise<void>;
  inspect(ref: ReleaseRef): Promise<ContainerState | null>;
  settings(ref: ReleaseRef): Promise<ContainerSettings | null>;
  running(): Promise<ReleaseRef[]>;
  diskUsage(): Promise<DiskUsage[]>;
  /** The process id of the container's first process on this machine; null unless it runs. */
  pidOf(ref: ReleaseRef): Promise<number | null>;
  resume(ref: ReleaseRef): Promise<void>;
  stop(ref: ReleaseRef, graceSeconds: number): Promise<void>;
  remove(ref: ReleaseRef): Promise<void>;
};

export function createContainers(client: EngineClient, configuration: RunnerConfiguration, names: Names, networks: Networks): Containers {
  const read = async (ref: ReleaseRef): Promise<Inspected | null> => {
    const found = await client.find((docker) => docker.getContainer(names.container(ref)).inspect());
    return found === null ? null : inspectSchema.parse(found);
  };
  const inspect = async (ref: ReleaseRef): Promise<ContainerState | null> => {
    const found = await read(ref);
    return found === null ? null : stateOf(found, configuration.addresses);
  };

  /** One that no other container of the service has, stopped ones included. */
  const freeAddress = async ({ serviceId, release }: ReleaseRef): Promise<string> => {
    const listed = await client.call((docker) => docker.listContainers({ all: true, filters: names.serviceFilter(serviceId) }));
    const taken = listedSchema.parse(listed).map(({ Labels }) => Labels?.[ADDRESS_LABEL]);
    const free = (await networks.addressesOf(serviceId, release)).find((address) => !taken.includes(address));
    if (free === undefined) throw new Error("every address of the service's network is in use");
    return free;
  };

  const create = async (container: Container): Promise<void> => {
    const network = names.network(container.serviceId);
    const address = await freeAddress(container);
    const options: Docker.ContainerCreateOptions = {
      name: names.container(container),
      Image: names.image({ ...container, release: container.imageRelease }),
      Env: Object.entries({ ...container.variables, PORT: String(container.port) }).map(([name, value]) => `${name}=${value}`),
      Labels: {
        ...names.labels(container),
        [PORT_LABEL]: String(container.port),
        [ADDRESS_LABEL]: address,
        ...diskLabelOf(container, configuration),
      },
      HostConfig: hostConfigOf(container, network, configuration),
      NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
      ...(configuration.addresses === "published" ? { ExposedPorts: { [`${container.port}/tcp`]: {} } } : {}),
    };
    try {
      await client.call((docker) => docker.createContainer(options));
    } catch (error) {
      const isThere = statusOf(error) === CONFLICT || /already in use/i.test(messageOf(error));
      if (isThere) return;
      if (statusOf(error) === NOT_FOUND) throw new DriverFailure("image_not_found", messageOf(error), { cause: error });
      throw error;
    }
  };

  return {
    inspect,
    async start(container) {
      await create(container);
      try {
        await client.ensure((docker) => docker.getContainer(names.container(container)).start());
      } catch (error) {
        throw asFailure(error);
      }
    },
    pidOf: async (ref) => {
      const { Running, Pid = 0 } = (await read(ref))?.State ?? { Running: false };
      return Running && Pid > 0 ? Pid : null;
    },
    settings: async (ref) => {
      const found = await read(ref);
      return found === null ? null : settingsOf(found);
    },
    running: async () => refsOf(await client.call((docker) => docker.listContainers({ filters: names.filter }))),
    async diskUsage() {
      const listed = await client.call((docker) => docker.listContainers({ size: true, filters: names.filter }));
      return usagesOf(listed);
    },
    resume: (ref) => client.ensure((docker) => docker.getContainer(names.container(ref)).start()),
    stop: (ref, graceSeconds) => client.ensure((docker) => docker.getContainer(names.container(ref)).stop({ t: graceSeconds })),
    remove: (ref) => client.ensure((docker) => docker.getContainer(names.container(ref)).remove({ force: true, v: true })),
  };
}

function hostConfigOf({ limits, port }: Container, network: string, { addresses, disk_quota }: RunnerConfiguration): Docker.HostConfig {
  const memory = limits.memory_mb * MIB;
  return {
    NetworkMode: network,
    Memory: memory,
    MemorySwap: memory,
    NanoCpus: Math.round(limits.cpu * NANO),
    PidsLimit: PROCESSES_MAX,
    Ulimits: [
      { Name: "nproc", Soft: USER_PROCESSES_MAX, Hard: USER_PROCESSES_MAX },
      { Name: "nofile", Soft: OPEN_FILES_MAX, Hard: OPEN_FILES_MAX },
    ],
    CapDrop: ["ALL"],
    CapAdd: CAPABILITIES,
    SecurityOpt: ["no-new-privileges"],
    Init: true,
    // The bridge starts it again, with pauses: supervision/.
    RestartPolicy: { Name: "no" },
    LogConfig: { Type: "", Config: { "max-size": LOG_BYTES } },
    ...(disk_quota ? { StorageOpt: { size: `${limits.disk_mb}M` } } : {}),
    ...(addresses === "published" ? { PortBindings: { [`${port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] } } : {}),
  };
}

const diskLabelOf = ({ limits }: Container, { disk_quota }: RunnerConfiguration) =>
  disk_quota ? {} : { [DISK_LABEL]: String(limits.disk_mb) };

/** A start that the image makes impossible, for example a command that does not exist, is the caller's to mend. */
function asFailure(error: unknown): unknown {
  const message = messageOf(error);
  if (/executable file|no such file or directory|permission denied|exec format error/i.test(message)) {
    return new DriverFailure("crash_loop", message, { exitCode: 127, cause: error });
  }
  return error;
}
