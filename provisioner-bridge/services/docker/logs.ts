/** A container's output, line by line. */
import type { Readable } from "node:stream";
import type { LogLine, ReleaseRef } from "../driver.ts";
import { asReadable, type EngineClient } from "./client.ts";
import type { Names } from "./names.ts";

/** Docker's frames: one byte for the stream, three of nothing, four for the length. */
const HEADER_BYTES = 8;
const LENGTH_OFFSET = 4;
const STDERR = 2;
const LINE_MAX_CHARACTERS = 4_000;
/** A line without end is given out in parts. */
const PENDING_MAX_CHARACTERS = 16_000;

export type LogOptions = { tail: number; follow: boolean; since?: string; signal: AbortSignal };

/** Ends at once when there is no such container. */
export async function* readLogs(client: EngineClient, names: Names, ref: ReleaseRef, options: LogOptions): AsyncGenerator<LogLine> {
  const stream = await openLogs(client, names.container(ref), options);
  if (stream === null) return;
  const abort = () => stream.destroy();
  options.signal.addEventListener("abort", abort, { once: true });
  const pending = { stdout: "", stderr: "" };
  try {
    for await (const { name, text } of framesOf(stream)) {
      const lines = (pending[name] + text).split("\n");
      pending[name] = lines.pop() ?? "";
      for (const line of lines) yield lineOf(name, line);
      if (pending[name].length > PENDING_MAX_CHARACTERS) {
        yield lineOf(name, pending[name]);
        pending[name] = "";
      }
    }
    for (const name of ["stdout", "stderr"] as const) if (pending[name] !== "") yield lineOf(name, pending[name]);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    options.signal.removeEventListener("abort", abort);
    stream.destroy();
  }
}

async function openLogs(
  { streams, find }: EngineClient,
  name: string,
  { tail, follow, since, signal }: LogOptions,
): Promise<Readable | null> {
  const query = { stdout: true, stderr: true, timestamps: true, tail, follow, ...(since === undefined ? {} : { since }) };
  return find(
    () =>
      new Promise<Readable>((resolve, reject) => {
        const options = {
          path: `/containers/${encodeURIComponent(name)}/logs?`,
          method: "GET",
          isStream: true,
          options: query,
          abortSignal: signal,
          statusCodes: { 200: true, 404: "no such container", 500: "server error" },
        };
        streams.modem.dial(options, (error: unknown, output: unknown) => (error ? reject(error) : resolve(asReadable(output))));
      }),
  );
}

async function* framesOf(stream: Readable): AsyncGenerator<{ name: "stdout" | "stderr"; text: string }> {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  let held = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = Buffer.concat([held, Buffer.from(chunk)]);
    while (held.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + held.readUInt32BE(LENGTH_OFFSET);
      if (held.length < end) break;
      const name = held[0] === STDERR ? "stderr" : "stdout";
      yield { name, text: decoders[name].decode(held.subarray(HEADER_BYTES, end), { stream: true }) };
      held = held.subarray(end);
    }
  }
}

/** The engine begins each line with its time. */
function lineOf(stream: LogLine["stream"], line: string): LogLine {
  const space = line.indexOf(" ");
  const time = line.slice(0, space);
  const isTime = !Number.isNaN(Date.parse(time));
  return {
    time: isTime ? new Date(time).toISOString() : "",
    stream,
    text: (isTime ? line.slice(space + 1) : line).slice(0, LINE_MAX_CHARACTERS).replace(/\r$/, ""),
  };
}
