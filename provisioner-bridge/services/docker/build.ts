/** Builds an image. RUN steps are isolated from the host and run in the build network. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { z } from "zod";
import { type Build, DriverFailure } from "../driver.ts";
import type { EngineClient } from "./client.ts";
import type { RunnerConfiguration } from "./configuration.ts";
import type { Names } from "./names.ts";
import type { Networks } from "./networks.ts";

/** What one build may use. */
const MEMORY_BYTES = 2 * 1_073_741_824;
const CPU_PERIOD_US = 100_000;
const CPUS = 2;
const OPEN_FILES = 4_096;
/** One line of a build's output is cut here. */
const LINE_MAX_CHARACTERS = 4_000;

const messageSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
});

export type BuildImage = (build: Build) => Promise<void>;

export function createBuild(client: EngineClient, configuration: RunnerConfiguration, names: Names, networks: Networks): BuildImage {
  return async (build) => {
    const network = await networks.ensureBuild();
    build.signal.throwIfAborted();
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
    const isPodman = await client.isPodman();
    const path = isPodman ? "/v4.0.0/libpod/build?" : "/build?";
    const query = isPodman
      ? {
          ...common,
          isolation: "oci",
          pullpolicy: configuration.pull,
          layers: true,
          ulimits: JSON.stringify([`nofile=${OPEN_FILES}:${OPEN_FILES}`]),
          nsoptions: JSON.stringify([{ Name: "network", Host: false, Path: network }]),
        }
      : { ...common, networkmode: network };
    const output = await client.call(() => startBuild(client, path, query, build));
    const failure = await readOutput(output, build);
    build.signal.throwIfAborted();
    if (failure !== null) throw failure;
  };
}

function startBuild({ streams }: EngineClient, path: string, query: object, { context, signal }: Build): Promise<Readable> {
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
    context.once("error", reject);
    streams.modem.dial(options, (error: unknown, output: unknown) => (error ? reject(error) : resolve(asReadable(output))));
  });
}

/** The client types a stream as unknown; with `isStream` it is the response. */
function asReadable(output: unknown): Readable {
  return output as Readable;
}

/** @returns why the build failed, or null */
async function readOutput(output: Readable, { onLine, signal }: Build): Promise<DriverFailure | null> {
  const abort = () => output.destroy();
  signal.addEventListener("abort", abort, { once: true });
  let error: string | null = null;
  try {
    for await (const line of createInterface({ input: output })) {
      const message = parseMessage(line);
      const text = (message.stream ?? message.status ?? message.error ?? "").trimEnd();
      for (const one of text.split("\n")) if (one !== "") onLine(one.slice(0, LINE_MAX_CHARACTERS));
      if (message.error !== undefined) error = message.error;
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    signal.removeEventListener("abort", abort);
  }
  return error === null ? null : failureOf(error.trim());
}

/** A line that is no message of the engine counts as output. */
function parseMessage(line: string): z.infer<typeof messageSchema> {
  try {
    return messageSchema.parse(JSON.parse(line));
  } catch {
    return { stream: line };
  }
}

/** The words are Buildah's and BuildKit's; both name a missing base image, a full disk and an exit status in their own way. */
function failureOf(error: string): DriverFailure {
  if (/no space left on device|disk quota exceeded/i.test(error)) return new DriverFailure("disk_full", error);
  if (
    /image not known|manifest unknown|pull access denied|did not resolve to an alias|initializing source|unable to copy from source/i.test(
      error,
    )
  ) {
    return new DriverFailure("image_not_found", error);
  }
  const [, code] = /exit (?:status|code):? (\d+)|returned a non-zero code: (\d+)/.exec(error) ?? [];
  return new DriverFailure("build_failed", error, { exitCode: code === undefined ? null : Number(code) });
}
