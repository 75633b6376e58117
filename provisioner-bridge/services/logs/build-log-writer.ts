/** Writes one build's log. Past the size limit the log is cut, and ends with the newest lines. */
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { finished } from "node:stream/promises";
import type { Clock } from "../../ports/clock.ts";
import { formatLine, lastLines } from "./build-log-file.ts";

const LOG_MAX_BYTES = 2_097_152;
const LINE_MAX_CHARACTERS = 4_096;
/** How many lines follow the mark of a cut. */
const LINES_AFTER_CUT = 200;
const CUT_MARK = "[The log is longer than 2 MiB and is cut here. The last lines follow.]";
const AGAIN_MARK = "[The build starts again.]";

export type BuildLogWriter = {
  /** Text of one or more lines. */
  write(text: string): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
};

/** Appends to the file of an earlier try. */
export async function openWriter(file: string, clock: Clock): Promise<BuildLogWriter> {
  const [before] = await lastLines(file, 1);
  let bytes = (await stat(file).catch(() => null))?.size ?? 0;
  let seq = before?.seq ?? 0;
  let isCut = bytes > LOG_MAX_BYTES;
  const newest: string[] = [];
  const stream = createWriteStream(file, { flags: "a" });
  // `close` rejects with it. Without a listener a full disk would end the process.
  stream.on("error", () => {});

  function append(text: string): void {
    seq += 1;
    const line = formatLine({ seq, time: clock.now().toISOString(), text });
    bytes += Buffer.byteLength(line);
    stream.write(line);
  }

  function writeLine(text: string): void {
    if (!isCut) append(text);
    else newest.push(text);
    if (newest.length > LINES_AFTER_CUT) newest.shift();
    if (isCut || bytes <= LOG_MAX_BYTES) return;
    isCut = true;
    append(CUT_MARK);
  }

  if (before !== undefined) append(AGAIN_MARK);
  return {
    write(text) {
      for (const line of text.replace(/\r?\n$/, "").split(/\r\n|\n|\r/)) writeLine(line.slice(0, LINE_MAX_CHARACTERS));
    },
    async close() {
      for (const text of newest) append(text);
      stream.end();
      await finished(stream);
    },
  };
}
