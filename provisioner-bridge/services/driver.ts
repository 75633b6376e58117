/**
 * A driver builds images and runs containers: `docker` (the Docker Engine API) on one machine. Every verb is idempotent over its own
 * half-done work. Everything a driver makes bears our labels, so that what is ours can be listed and removed.
 */
import type { Readable } from "node:stream";
import type { ContainerLimits, FailureReason } from "../../contract/deploys.ts";

/** Which release of which service an image or container belongs to. Its names are derived from this, so a retry finds them. */
export type ReleaseRef = { serviceId: string; appId: string; release: number };

export type LogLine = { time: string; stream: "stdout" | "stderr"; text: string };

export type Build = ReleaseRef & {
  /** An uncompressed tar; read once. */
  context: Readable;
  /** The path of the Dockerfile in the context. */
  dockerfile: string;
  /** Whether it has a RUN instruction. A build without one keeps no layers: they take longer than they save. */
  hasRun: boolean;
  onLine: (text: string) => void;
  signal: AbortSignal;
};

/** A failure that the caller of a deploy can mend. */
export class DriverFailure extends Error {
  readonly reason: FailureReason;
  readonly exitCode: number | null;

  constructor(reason: FailureReason, message: string, options?: { exitCode?: number | null; cause?: unknown }) {
    super(message, { cause: options?.cause });
    this.name = "DriverFailure";
    this.reason = reason;
    this.exitCode = options?.exitCode ?? null;
  }
}

export type Container = ReleaseRef & {
  /** Whose image it runs: after a rollback, that of an earlier release of the service. */
  imageRelease: number;
  port: number;
  /** Secret. */
  variables: Readonly<Record<string, string>>;
  limits: ContainerLimits;
};

export type ContainerState = {
  isRunning: boolean;
  /** Where the service's port answers from this machine, "host:port"; null unless running. */
  address: string | null;
  /** Of the last run; null while it has never ended. */
  exitCode: number | null;
  wasOutOfMemory: boolean;
};

/** What the driver made and still exists. */
export type Owned = { containers: ReleaseRef[]; images: ReleaseRef[]; networks: { serviceId: string }[] };

/** How a container was made. Secret. */
export type ContainerSettings = {
  variables: Readonly<Record<string, string>>;
  cpuMillicores: number;
  memoryMb: number;
  /** Null: unknown. */
  diskMb: number | null;
};

/** What a container has written to its own disk. `limitMb` is null where the engine itself enforces the limit. */
export type DiskUsage = { ref: ReleaseRef; bytes: number; limitMb: number | null };

/** What a container uses. `cpuMs`: processor time since it was started. */
export type ContainerUsage = { ref: ReleaseRef; cpuMs: number; memoryBytes: number };

export interface Driver {
  readonly name: string;
  /** Rejects when the container engine does not answer. */
  probe(): Promise<void>;
  /** Resolves when the image exists. @throws DriverFailure (build_failed, image_not_found, disk_full); rejects when `signal` aborts, and then leaves no build behind */
  build(build: Build): Promise<void>;
  hasImage(ref: ReleaseRef): Promise<boolean>;
  removeImage(ref: ReleaseRef): Promise<void>;
  /** A network of the service's own. */
  ensureNetwork(serviceId: string): Promise<void>;
  removeNetwork(serviceId: string): Promise<void>;
  /** Creates the container where it is missing, and starts it. @throws DriverFailure */
  start(container: Container): Promise<void>;
  /** Starts a container that has ended, or was stopped, as it was created. No-op when there is none, or it runs. */
  resume(ref: ReleaseRef): Promise<void>;
  /** Null when there is no such container. */
  inspect(ref: ReleaseRef): Promise<ContainerState | null>;
  /** Null when there is no such container. */
  settings(ref: ReleaseRef): Promise<ContainerSettings | null>;
  /** Of all containers, those that run. One call, however many there are. */
  running(): Promise<ReleaseRef[]>;
  /** Of the containers that run. One that ends meanwhile is left out. */
  usage(): Promise<ContainerUsage[]>;
  /** Of the containers that run. Slow: the engine adds up files. */
  diskUsage(): Promise<DiskUsage[]>;
  /** The TCP ports that the container's processes listen on at an address that is reachable from outside of it. */
  listeningPorts(ref: ReleaseRef): Promise<number[]>;
  /** Stops it, gently first. The container stays, and is not started again by itself. */
  stop(ref: ReleaseRef, graceSeconds: number): Promise<void>;
  removeContainer(ref: ReleaseRef): Promise<void>;
  /** The newest `tail` lines, then with `follow` those that come, until the container ends or `signal` aborts. */
  logs(ref: ReleaseRef, options: { tail: number; follow: boolean; since?: string; signal: AbortSignal }): AsyncIterable<LogLine>;
  /** Removes layers of ours that no image has used for so long. */
  pruneLayers(unusedHours: number): Promise<void>;
  /** Everything with our labels, but what probes of the isolation use. */
  owned(): Promise<Owned>;
  close(): Promise<void>;
}
