/** The few functions every part of the local stack has. One file per service in services/. */
import type { EngineName } from "../contract/engines.ts";
import type { ProgressSink } from "./progress.ts";

/** The services of the platform itself; the servers of the engines come beside them (engine-servers.ts). */
export type PlatformServiceName = "platform-postgres" | "sql-endpoint" | "bridge" | "worker";

/** Something that must be on the machine. */
export interface Part {
  readonly name: string;
  /** It is there; nothing needs installing. */
  present(): Promise<boolean>;
  /** Puts it there. @throws SetupError that says what to install by hand */
  install(log: ProgressSink): Promise<void>;
}

/** A part that runs. */
export interface Service extends Part {
  readonly name: string;
  /** Prepares its data and begins to run; returns before it is ready. */
  start(): Promise<void>;
  /** Resolves when it answers. @throws SetupError with the end of its log when it ends instead, or takes too long */
  ready(): Promise<void>;
  /** Ends it, gently first; bounded in time; harmless when it does not run. */
  stop(): Promise<void>;
  /** Of the server process itself, not of a wrapper; undefined while it is down or not ours. */
  pid(): number | undefined;
  /** Sends a signal as an accident would: it counts as a crash, not as a stop. */
  kill(signal: NodeJS.Signals): void;
}

/** A server of an engine: it also says what bridge and Worker must know of it. */
export interface EngineServer extends Service {
  readonly engine: EngineName;
  /** An administrator's URL, for tests and for looking inside. Secret. */
  readonly url: string;
  /** The ports it listens on; none when the server is not ours. */
  readonly ports: readonly string[];
  /** What stands in the table of a start: what it is, where (without a secret), and a word about it. */
  readonly row: { what: string; where: string; note: string };
  /** Without it only its own kinds are missing: a start says so and goes on. */
  readonly isOptional: boolean;
  /** How many of its tenants a developer's bridge makes in advance: enough that the first curls find one. */
  readonly pool?: { min: number; max: number };
  /** Variables of the bridge, e.g. its BRIDGE_…_SERVERS; asked when it is ready. */
  bridgeEnvironment(): Record<string, string>;
  /** Variables of the Worker, if it needs any; asked when it is ready. */
  workerVars?(): Record<string, string>;
}

/** Installs `part` unless it is present. */
export async function ensurePresent(part: Part, log: ProgressSink): Promise<void> {
  if (!(await part.present())) await part.install(log);
}
