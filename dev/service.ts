/** The interface of every part of the local stack. Each service has a file in services/. */
import type { EngineName } from "../contract/engines.ts";
import type { ProgressSink } from "./progress.ts";

/** The services of the platform itself; the servers of the engines come beside them (engine-servers.ts). */
export type PlatformServiceName = "platform-postgres" | "sql-endpoint" | "bridge" | "worker";

/** Something that must be on the machine. */
export interface Part {
  readonly name: string;
  /** Whether it is installed. */
  present(): Promise<boolean>;
  /** Installs it. @throws SetupError that says what to install by hand */
  install(log: ProgressSink): Promise<void>;
}

/** A part that runs. */
export interface Service extends Part {
  readonly name: string;
  /** Prepares its data and starts it; returns before it is ready. */
  start(): Promise<void>;
  /** Resolves when it answers. @throws SetupError with the end of its log when it ends instead, or takes too long */
  ready(): Promise<void>;
  /** Stops it, gently first, in bounded time. Does nothing when it does not run. */
  stop(): Promise<void>;
  /** The pid of the server process itself, not of a wrapper; undefined while it is down, and for an existing server. */
  pid(): number | undefined;
  /** Sends a signal that counts as a crash, not as a stop. */
  kill(signal: NodeJS.Signals): void;
}

/** A server of an engine. It also provides the variables of the bridge and the Worker. */
export interface EngineServer extends Service {
  readonly engine: EngineName;
  /** An administrator's URL, for tests and for looking inside. Secret. */
  readonly url: string;
  /** The ports it listens on, that of its clients first; none when the server is not ours. */
  readonly ports: readonly string[];
  /** Its row in the table of a start: what it is, where it is (without a secret), and a note. */
  readonly row: { what: string; where: string; note: string };
  /** True: without it only its own kinds are missing, so a start reports that and continues. */
  readonly isOptional: boolean;
  /** How many of its tenants a developer's bridge makes in advance: enough that the first curls find one. */
  readonly pool?: { min: number; max: number };
  /** Variables of the bridge, e.g. its BRIDGE_…_SERVERS; asked when it is ready. `internalHost`: where containers reach servers of ours. */
  bridgeEnvironment(internalHost: string): Record<string, string>;
  /** Variables of the Worker, if it needs any; asked when it is ready. */
  workerVars?(): Record<string, string>;
}

/** A part that deploys need. Without one of them deploys are switched off, and everything else works. */
export interface DeployPart extends Service {
  readonly isOptional: true;
  /** The ports it listens on. */
  readonly ports: readonly string[];
  /** Its rows in the table of a start. */
  readonly rows: readonly { what: string; where: string; note: string }[];
  /** Variables of the bridge; asked when it is ready. */
  bridgeEnvironment(): Record<string, string>;
  /** Variables of the Worker, if it needs any; asked when it is ready. */
  workerVars?(): Record<string, string>;
}

/** Installs `part` unless it is present. */
export async function ensurePresent(part: Part, log: ProgressSink): Promise<void> {
  if (!(await part.present())) await part.install(log);
}
