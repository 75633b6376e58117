/** The promise "secrets at rest are ciphertext or hashes; none ever reaches a log", held against everything a stack has written. */
import { findLeaks, readCanaries } from "./canaries.ts";
import { dump } from "./inspect.ts";
import { readLogs, readObjects, type StackFacts } from "./stack.ts";

/** Searches logs, both databases and the Durable Objects' files for every secret met so far. @throws Error that names each find */
export async function expectNoLeaks(stack: StackFacts): Promise<void> {
  const canaries = readCanaries(stack.canaryFile);
  const places = [
    ...readLogs(stack),
    ...readObjects(stack),
    { name: "the platform database", text: await dump(stack.platformUrl) },
    { name: "the registry", text: await dump(stack.registryUrl) },
  ];
  const leaks = findLeaks(canaries, places);
  if (leaks.length > 0) throw new Error(`secrets stand in the open: ${leaks.join("; ")}`);
}
