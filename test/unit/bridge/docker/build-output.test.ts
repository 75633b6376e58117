/** What the end of a build's output means: the caller's mistake is a failure with a reason, the engine's own is tried again. */
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { Refusal } from "../../../../provisioner-bridge/refusal.ts";
import { readOutput } from "../../../../provisioner-bridge/services/docker/build-output.ts";

const outputOf = (...messages: readonly object[]): Readable =>
  Readable.from(messages.map((message) => Buffer.from(`${JSON.stringify(message)}\n`)));

test.each<[string, string, number | null]>([
  ['building at STEP "RUN exit 3": while running runtime: exit status 3', "build_failed", 3],
  ["creating build container: no-such-image:1: image not known", "image_not_found", null],
  ["writing blob: no space left on device", "disk_full", null],
])("%s: %s", async (error, reason, exitCode) => {
  expect(await readOutput(outputOf({ stream: "STEP 1\n" }, { error }), () => {})).toMatchObject({ reason, exitCode });
});

test("a helper of the engine that was killed is no failure of the build: it may be tried again", async () => {
  const error = 'building at STEP "RUN sleep 2": while running runtime: signal: killed';
  const read = readOutput(outputOf({ error }), () => {});
  await expect(read).rejects.toThrow(Refusal);
  await expect(read).rejects.toMatchObject({ code: "runner_unavailable" });
});

test("every line is passed on, and an output without an error is no failure", async () => {
  const lines: string[] = [];
  expect(await readOutput(outputOf({ stream: "one\ntwo\n" }, { stream: "three" }), (line) => lines.push(line))).toBeNull();
  expect(lines).toEqual(["one", "two", "three"]);
});
