/** What a build says, line by line, and what its errors mean. */
import type { Readable } from "node:stream";
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { DriverFailure } from "../driver.ts";

/** One line of a build's output is cut here. */
const LINE_MAX_CHARACTERS = 4_000;
/** A message of the engine is longer than the line that it carries. */
const MESSAGE_MAX_CHARACTERS = 1_048_576;

const messageSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
});

/** @returns why the build failed, or null. Rejects when the output breaks off. @throws Refusal runner_unavailable when the engine broke it off */
export async function readOutput(output: Readable, onLine: (text: string) => void): Promise<DriverFailure | null> {
  let error: string | null = null;
  for await (const line of linesOf(output)) {
    const message = parseMessage(line);
    const text = (message.stream ?? message.status ?? message.error ?? "").trimEnd();
    for (const one of text.split("\n")) if (one !== "") onLine(one.slice(0, LINE_MAX_CHARACTERS));
    if (message.error !== undefined) error = message.error;
  }
  return error === null ? null : failureOf(error.trim());
}

/** Not `readline`: it hides that its input was destroyed, and waits for ever. */
async function* linesOf(output: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of output) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split("\n");
    pending = (lines.pop() ?? "").slice(-MESSAGE_MAX_CHARACTERS);
    yield* lines;
  }
  yield pending;
}

/** A line that is no message of the engine counts as output. */
function parseMessage(line: string): z.infer<typeof messageSchema> {
  try {
    return messageSchema.parse(JSON.parse(line));
  } catch {
    return { stream: line };
  }
}

/**
 * The engine's own helper was killed, not a process of the build (that is an exit status of 137). Podman 4.3 does so when the thread that started
 * the helper ends, which happens while it sets up the network of another container. The same build again succeeds.
 */
const HELPER_KILLED = /while running runtime: signal: killed/;

/** The words are Buildah's and BuildKit's; both name a missing base image, a full disk and an exit status in their own way. */
function failureOf(error: string): DriverFailure {
  if (HELPER_KILLED.test(error)) throw new Refusal("runner_unavailable", { cause: new Error(error) });
  if (/no space left on device|disk quota exceeded/i.test(error)) return new DriverFailure("disk_full", error);
  if (
    /image not known|manifest unknown|pull access denied|did not resolve to an alias|initializing source|unable to copy from source/i.test(
      error,
    )
  ) {
    return new DriverFailure("image_not_found", error);
  }
  const [, status, code = status] = /exit (?:status|code):? (\d+)|returned a non-zero code: (\d+)/.exec(error) ?? [];
  return new DriverFailure("build_failed", error, { exitCode: code === undefined ? null : Number(code) });
}
