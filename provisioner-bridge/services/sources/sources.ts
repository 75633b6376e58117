/** Uploaded sources: stored once, read by builds, dropped with the last release that was built from them. */
import type { Readable } from "node:stream";
import type { Source } from "../../../contract/deploys.ts";
import type { Log } from "../../log.ts";

export type BuildContext = {
  /** The uncompressed tar. */
  context: Readable;
  /** The path of the Dockerfile in it. */
  dockerfile: string;
  /** Text of a Dockerfile that we wrote; null for the source's own. */
  written: string | null;
  /** Whether the Dockerfile has a RUN instruction, or may have one. */
  hasRun: boolean;
};

export interface Sources {
  /** Stores the stream; counts size and SHA-256; checks the tar headers as they pass. Deletes what it stored when it refuses. @throws Refusal */
  store(sourceId: string, body: Readable, log: Log): Promise<Source>;
  /** For the builder, with the Dockerfile that we write in front where the source has none. @throws Refusal unknown_source */
  context(sourceId: string): Promise<BuildContext>;
  /** Idempotent. */
  drop(sourceId: string): Promise<void>;
  /** Ends the sweeps of unused sources. */
  stop(): void;
}
