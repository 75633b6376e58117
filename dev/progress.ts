/** Progress messages of long steps, for a terminal or a log. */
import { clock } from "./time.ts";

const HEARTBEAT_MS = 10_000;
const SUBJECT_COLUMNS = 18;

export interface ProgressEvent {
  kind: "begin" | "done" | "note" | "fail";
  /** The service or the step. */
  subject: string;
  text: string;
}
export type ProgressSink = (event: ProgressEvent) => void;

export const silentProgress: ProgressSink = () => {};

/** One plain line for each event, with the seconds since this call. Colours on a terminal only. */
export function lineProgress(out: NodeJS.WriteStream): ProgressSink {
  const startedMs = clock();
  const colour = out.isTTY === true && process.env.NO_COLOR === undefined;
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const marks = { begin: "…", done: paint(32, "✓"), note: "·", fail: paint(31, "✗") };
  return ({ kind, subject, text }) => {
    const elapsed = `${((clock() - startedMs) / 1000).toFixed(1).padStart(6)} s`;
    out.write(`${paint(2, elapsed)}  ${marks[kind]} ${subject.padEnd(SUBJECT_COLUMNS)} ${text}\n`);
  };
}

/** Runs `work`, saying when it begins, that it still runs, and how it ended. */
export async function step<T>(log: ProgressSink, subject: string, text: string, work: () => Promise<T>): Promise<T> {
  const startedMs = clock();
  const seconds = (): string => `${((clock() - startedMs) / 1000).toFixed(1)} s`;
  log({ kind: "begin", subject, text });
  const heartbeat = setInterval(() => log({ kind: "note", subject, text: `${text}: still at it after ${seconds()}` }), HEARTBEAT_MS);
  try {
    const result = await work();
    log({ kind: "done", subject, text: `${text} (${seconds()})` });
    return result;
  } catch (cause) {
    log({ kind: "fail", subject, text });
    throw cause;
  } finally {
    clearInterval(heartbeat);
  }
}
