/** The format of a build log: one line of the file a line of the log, `<sequence number> <time> <text>`. Reads it by position. */
import { open } from "node:fs/promises";

const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;
const LINE = /^(\d+) (\S+) (.*)$/s;

export type BuildLine = { seq: number; time: string; text: string };

export function formatLine({ seq, time, text }: BuildLine): string {
  return `${seq} ${time} ${text}\n`;
}

/**
 * The lines from byte `from` on, each with the position after it. A last line that is not finished yet is left out.
 * A file that does not exist has no lines.
 */
export async function* readLines(file: string, from: number): AsyncGenerator<{ line: BuildLine; end: number }> {
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return;
  try {
    let position = from;
    let rest = Buffer.alloc(0);
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position + rest.length);
      if (bytesRead === 0) return;
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
        position += at + 1;
        const line = parseLine(rest.toString("utf8", 0, at));
        rest = rest.subarray(at + 1);
        if (line !== null) yield { line, end: position };
      }
    }
  } finally {
    await handle.close();
  }
}

/** The newest `count` lines. */
export async function lastLines(file: string, count: number): Promise<BuildLine[]> {
  return newestOf(linesOf(file), count);
}

async function* linesOf(file: string): AsyncGenerator<BuildLine> {
  for await (const { line } of readLines(file, 0)) yield line;
}

/** The last `count` of them, in order. */
export async function newestOf<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const kept: T[] = [];
  for await (const item of items) {
    kept.push(item);
    if (kept.length > count) kept.shift();
  }
  return kept;
}

/** Null for a line that a crash cut off. */
function parseLine(text: string): BuildLine | null {
  const [, seq, time, rest] = LINE.exec(text) ?? [];
  return seq === undefined || time === undefined || rest === undefined ? null : { seq: Number(seq), time, text: rest };
}
