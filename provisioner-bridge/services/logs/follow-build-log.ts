/** Reads a build log, also while it is written. */
import type { Clock } from "../../ports/clock.ts";
import { type BuildLine, newestOf, readLines } from "./build-log-file.ts";

const POLL_MS = 300;

export type FollowOptions = {
  /** Null while the build has not begun. */
  file(): Promise<string | null>;
  /** False when no line can come any more. */
  isOpen(): Promise<boolean>;
  /** Only lines after this sequence number. */
  after: number;
  /** How many of the newest lines come first; null for all. */
  tail: number | null;
  follow: boolean;
  clock: Clock;
  signal: AbortSignal;
};

/** Ends when the build has ended, at once without `follow`, or when `signal` aborts. */
export async function* followBuildLog(options: FollowOptions): AsyncGenerator<BuildLine> {
  const { tail, clock, signal } = options;
  const cursor = { position: 0, after: options.after };
  let isFirst = true;
  while (!signal.aborted) {
    // Asked first: what is written before the end is read below.
    const mayGrow = options.follow && (await options.isOpen());
    const name = await options.file();
    if (name !== null) {
      const lines = newLines(name, cursor);
      yield* isFirst && tail !== null ? await newestOf(lines, tail) : lines;
      isFirst = false;
    }
    if (!mayGrow) return;
    await wait(clock, signal);
  }
}

async function* newLines(file: string, cursor: { position: number; after: number }): AsyncGenerator<BuildLine> {
  for await (const { line, end } of readLines(file, cursor.position)) {
    cursor.position = end;
    if (line.seq <= cursor.after) continue;
    cursor.after = line.seq;
    yield line;
  }
}

function wait(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(POLL_MS, end);
    signal.addEventListener("abort", end, { once: true });
  });
}
