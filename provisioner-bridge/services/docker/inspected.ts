/** What the engine's answers say about containers. */
import { z } from "zod";
import type { ContainerSettings, ContainerState, DiskUsage, ReleaseRef } from "../driver.ts";
import type { RunnerConfiguration } from "./configuration.ts";
import { refOfLabels } from "./names.ts";

const MIB = 1_048_576;
const NANO_IN_MILLI = 1e6;
/**
 * 128 + SIGKILL. The kernel ends the process that asks for memory with it, and the engine does not see that where this is not the container's
 * first process. Containers that are stopped on request are not asked why they ended.
 */
const KILLED = 137;
export const PORT_LABEL = "dev.instanode.port";
/** In MiB; on containers whose disk the engine does not limit. */
export const DISK_LABEL = "dev.instanode.disk_mb";

export const inspectSchema = z.object({
  State: z.object({
    Running: z.boolean(),
    Pid: z.number().optional(),
    ExitCode: z.number(),
    OOMKilled: z.boolean(),
    FinishedAt: z.string().nullish(),
  }),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.object({ IPAddress: z.string().nullish() })).nullish(),
    Ports: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullish()).nullish(),
  }),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish(), Env: z.array(z.string()).nullish() }),
  HostConfig: z.object({ Memory: z.number().default(0), NanoCpus: z.number().default(0) }),
});
export type Inspected = z.infer<typeof inspectSchema>;

const labelsSchema = z.record(z.string(), z.string()).nullish();
const sizedSchema = z.array(
  z.object({
    Labels: labelsSchema,
    SizeRw: z
      .number()
      .nullish()
      .transform((bytes) => bytes ?? 0),
  }),
);

/** Of a list with sizes. */
export const usagesOf = (listed: unknown): DiskUsage[] =>
  sizedSchema.parse(listed).flatMap(({ Labels, SizeRw }) => {
    const ref = refOfLabels(Labels);
    return ref === null ? [] : [{ ref, bytes: SizeRw, limitMb: diskOf(Labels) }];
  });

function diskOf(labels: z.infer<typeof labelsSchema>): number | null {
  const limit = labels?.[DISK_LABEL];
  return limit === undefined ? null : Number(limit);
}

export const refsOf = (listed: unknown): ReleaseRef[] =>
  z
    .array(z.object({ Labels: labelsSchema }))
    .parse(listed)
    .flatMap(({ Labels }) => refOfLabels(Labels) ?? []);

export function settingsOf({ Config, HostConfig }: Inspected): ContainerSettings {
  const variables = Object.fromEntries((Config.Env ?? []).map((line) => line.split(/=(.*)/s, 2)));
  return {
    variables,
    cpuMillicores: Math.round(HostConfig.NanoCpus / NANO_IN_MILLI),
    memoryMb: Math.round(HostConfig.Memory / MIB),
    diskMb: diskOf(Config.Labels),
  };
}

export function stateOf(found: Inspected, addresses: RunnerConfiguration["addresses"]): ContainerState {
  const { Running, ExitCode, OOMKilled, FinishedAt } = found.State;
  const hasEnded = FinishedAt != null && !FinishedAt.startsWith("0001-");
  return {
    isRunning: Running,
    address: Running ? (addresses === "published" ? publishedOf(found) : addressOf(found)) : null,
    exitCode: hasEnded ? ExitCode : null,
    wasOutOfMemory: OOMKilled || (hasEnded && !Running && ExitCode === KILLED),
  };
}

function addressOf({ NetworkSettings, Config }: Inspected): string | null {
  const port = Config.Labels?.[PORT_LABEL];
  const address = Object.values(NetworkSettings.Networks ?? {})[0]?.IPAddress;
  return port === undefined || address == null || address === "" ? null : `${address}:${port}`;
}

function publishedOf({ NetworkSettings }: Inspected): string | null {
  const binding = Object.values(NetworkSettings.Ports ?? {}).flatMap((bindings) => bindings ?? [])[0];
  return binding === undefined ? null : `127.0.0.1:${binding.HostPort}`;
}
