/** Builds an image. RUN steps are isolated from the host, and run in a network of the build's own. */
import type { Readable } from "node:stream";
import type { Clock } from "../../ports/clock.ts";
import { Refusal } from "../../refusal.ts";
import type { Build, Driver, DriverFailure, ReleaseRef } from "../driver.ts";
import { watchBuildDisk } from "./build-disk.ts";
import { readOutput } from "./build-output.ts";
import type { BuildProcesses } from "./build-processes.ts";
import { asReadable, type EngineClient } from "./client.ts";
import type { RunnerConfiguration } from "./configuration.ts";
import type { Names } from "./names.ts";
import type { Networks } from "./networks.ts";

/** What one build may use. */
const MEMORY_BYTES = 2 * 1_073_741_824;
const CPU_PERIOD_US = 100_000;
const CPUS = 2;
const OPEN_FILES = 4_096;

export type BuildDeps = {
  client: EngineClient;
  configuration: RunnerConfiguration;
  names: Names;
  networks: Networks;
  processes: BuildProcesses;
  images: Pick<Driver, "hasImage" | "removeImage">;
  clock: Clock;
  /** What one RUN step may write. */
  diskMb: number;
};

export type Builds = {
  build(build: Build): Promise<void>;
  /** Ends what an earlier process of the bridge, or a broken connection, left of a build. */
  clearUp(ref: ReleaseRef): Promise<void>;
};

export function createBuilds(deps: BuildDeps): Builds {
  const { client, networks, processes, images } = deps;
  const clearUp = async (ref: ReleaseRef): Promise<void> => {
    if (await client.isPodman()) await processes.end(ref);
    await networks.removeBuild(ref);
  };
  return {
    clearUp,
    async build(build) {
      build.signal.throwIfAborted();
      await clearUp(build);
      try {
        await runBuild(deps, build);
      } catch (error) {
        // Best effort: the next try of this build clears up first, and so does the removal of the release.
        await clearUp(build).catch(() => undefined);
        if (build.signal.aborted) await images.removeImage(build).catch(() => undefined);
        throw error;
      }
      await clearUp(build);
    },
  };
}

/** @throws the signal's reason, DriverFailure, or Refusal runner_unavailable when the engine ends in the middle of the build */
async function runBuild({ client, networks, images, ...deps }: BuildDeps, build: Build): Promise<void> {
  const network = await networks.ensureBuild(build);
  const target = await targetOf({ client, ...deps }, build, network);
  const context = new AbortController();
  build.context.once("error", (error) => context.abort(error));
  const disk = watchBuildDisk(() => deps.processes.running(build), deps.diskMb, deps.clock);
  const signal = AbortSignal.any([build.signal, context.signal, disk.signal]);
  let failure: DriverFailure | null;
  try {
    signal.throwIfAborted();
    failure = await client.call(async () => readOutput(await startBuild(client, target, build, signal), build.onLine));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    disk.end();
  }
  signal.throwIfAborted();
  if (failure !== null) throw failure;
  if (!(await images.hasImage(build))) throw new Refusal("runner_unavailable");
}

type Target = { path: string; query: object };

async function targetOf(
  { client, configuration, names, processes }: Pick<BuildDeps, "client" | "configuration" | "names" | "processes">,
  build: Build,
  network: string,
): Promise<Target> {
  const common = {
    t: names.image(build),
    dockerfile: build.dockerfile,
    labels: JSON.stringify(names.labels(build)),
    memory: MEMORY_BYTES,
    memswap: MEMORY_BYTES,
    cpuperiod: CPU_PERIOD_US,
    cpuquota: CPUS * CPU_PERIOD_US,
    rm: true,
    forcerm: true,
  };
  if (!(await client.isPodman())) return { path: "/build?", query: { ...common, networkmode: network } };
  return {
    path: "/v4.0.0/libpod/build?",
    query: {
      ...common,
      cgroupparent: await processes.begin(build),
      isolation: "oci",
      pullpolicy: configuration.pull,
      layers: build.hasRun,
      ulimits: JSON.stringify([`nofile=${OPEN_FILES}:${OPEN_FILES}`]),
      nsoptions: JSON.stringify([{ Name: "network", Host: false, Path: network }]),
    },
  };
}

function startBuild({ streams }: EngineClient, { path, query }: Target, { context }: Build, signal: AbortSignal): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const options = {
      path,
      method: "POST",
      file: context,
      options: query,
      abortSignal: signal,
      isStream: true,
      statusCodes: { 200: true, 400: "bad parameter", 500: "server error" },
    };
    streams.modem.dial(options, (error: unknown, output: unknown) => (error ? reject(error) : resolve(asReadable(output))));
  });
}
