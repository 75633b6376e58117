/** What the set-up of a project lends to test files: one server for many files (test/setup/lender.ts). */
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    lenderUrl: string;
  }
}

/** Starting a whole stack takes seconds, and on a busy machine many. */
const START_TIMEOUT_MS = 170_000;
/** The first start on a machine also makes base images. */
export const FIRST_START_TIMEOUT_MS = 390_000;

/** Asks for a server by name and waits until it runs. The caller names the type that the project's set-up gives under this name. */
export async function lent<Facts>(name: string, timeoutMs = START_TIMEOUT_MS): Promise<Facts> {
  const answer = await fetch(`${inject("lenderUrl")}/${name}`, { signal: AbortSignal.timeout(timeoutMs) });
  if (!answer.ok) throw new Error(`${name} did not start: ${await answer.text()}`);
  return (await answer.json()) as Facts;
}
