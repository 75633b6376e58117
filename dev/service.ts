/** The few functions every part of the local stack has. One file per service in services/. */
import type { ProgressSink } from "./progress.ts";

export const SERVICE_NAMES = ["tenant-postgres", "platform-postgres", "sql-endpoint", "bridge", "worker"] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

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
  readonly name: ServiceName;
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

/** Installs `part` unless it is present. */
export async function ensurePresent(part: Part, log: ProgressSink): Promise<void> {
  if (!(await part.present())) await part.install(log);
}
