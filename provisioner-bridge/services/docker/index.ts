/** The driver over the Docker Engine API: Docker Engine, Docker Desktop, and Podman's service. */
import { z } from "zod";
import type { Clock } from "../../ports/clock.ts";
import type { Driver, Owned, ReleaseRef } from "../driver.ts";
import { isProbe } from "../isolation/refs.ts";
import { createBuilds } from "./build.ts";
import { createBuildProcesses } from "./build-processes.ts";
import { createClient, type EngineClient } from "./client.ts";
import type { RunnerConfiguration } from "./configuration.ts";
import { createContainers } from "./containers.ts";
import { listeningPortsOf } from "./listening.ts";
import { readLogs } from "./logs.ts";
import { createNames, type Names, refOfLabels, serviceOfLabels } from "./names.ts";
import { createNetworks } from "./networks.ts";
import { readUsage } from "./usage.ts";

/** @param buildDiskMb what one RUN step of a build may write */
export function createDockerDriver(
  configuration: RunnerConfiguration,
  { clock, buildDiskMb }: { clock: Clock; buildDiskMb: number },
): Driver {
  const client = createClient(configuration.socket);
  const names = createNames(configuration.prefix);
  const networks = createNetworks(client, configuration, names);
  const containers = createContainers(client, configuration, names, networks);
  const images = {
    hasImage: async (ref: ReleaseRef) => (await client.find((docker) => docker.getImage(names.image(ref)).inspect())) !== null,
    removeImage: (ref: ReleaseRef) => client.ensure((docker) => docker.getImage(names.image(ref)).remove({ force: true })),
  };
  const processes = createBuildProcesses(names, clock);
  const builds = createBuilds({ client, configuration, names, networks, processes, images, clock, diskMb: buildDiskMb });
  return {
    name: "docker",
    probe: async () => {
      await client.call((docker) => docker.ping());
    },
    build: builds.build,
    hasImage: images.hasImage,
    async removeImage(ref) {
      await builds.clearUp(ref);
      await images.removeImage(ref);
    },
    ensureNetwork: (serviceId) => networks.ensure(serviceId),
    removeNetwork: (serviceId) => networks.remove(serviceId),
    start: containers.start,
    resume: containers.resume,
    inspect: containers.inspect,
    settings: containers.settings,
    running: containers.running,
    usage: () => readUsage(client, names),
    diskUsage: containers.diskUsage,
    listeningPorts: async (ref) => {
      const pid = await containers.pidOf(ref);
      return pid === null ? [] : listeningPortsOf(pid);
    },
    stop: containers.stop,
    removeContainer: containers.remove,
    logs: (ref, options) => readLogs(client, names, ref, options),
    pruneLayers: async (unusedHours) => {
      const filters = { ...names.filter, dangling: ["true"], until: [`${unusedHours}h`] };
      await client.call((docker) => docker.pruneImages({ filters }));
    },
    owned: () => owned(client, names),
    close: async () => undefined,
  };
}

const listedSchema = z.array(z.object({ Labels: z.record(z.string(), z.string()).nullish() }));

const taggedSchema = z.array(z.looseObject({ RepoTags: z.array(z.string()).nullish() }));

async function owned(client: EngineClient, { filter }: Names): Promise<Owned> {
  const [containers, images, networks] = await Promise.all([
    client.call((docker) => docker.listContainers({ all: true, filters: filter })),
    client.call((docker) => docker.listImages({ filters: filter })),
    client.call((docker) => docker.listNetworks({ filters: filter })),
  ]);
  // Layers that later builds use again bear the labels too, but no tag.
  const tagged = taggedSchema.parse(images).filter(({ RepoTags }) => RepoTags?.some((tag) => !tag.startsWith("<none>")));
  const refsOf = (listed: unknown) =>
    listedSchema
      .parse(listed)
      .flatMap(({ Labels }) => refOfLabels(Labels) ?? [])
      .filter(({ serviceId }) => !isProbe(serviceId));
  return {
    containers: refsOf(containers),
    images: refsOf(tagged),
    networks: listedSchema.parse(networks).flatMap(({ Labels }) => {
      const serviceId = serviceOfLabels(Labels);
      return serviceId === null || isProbe(serviceId) ? [] : [{ serviceId }];
    }),
  };
}
