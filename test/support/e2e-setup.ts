/** Before the first black-box test one stack is started for all of them; after the last, its logs and stores are searched for secrets. */
import type { TestProject } from "vitest/node";
import { installPackages } from "../../dev/apt.ts";
import { lineProgress } from "../../dev/progress.ts";
import { expectNoLeaks } from "./leaks.ts";
import { missingPrograms } from "./shell.ts";
import { startTestStack } from "./stack.ts";

/** What the documentation's examples use beside PostgreSQL's own programs, and the Debian package of each. */
const PROGRAMS: Readonly<Record<string, string>> = { curl: "curl", jq: "jq", "redis-cli": "redis-tools" };

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = missingPrograms(Object.keys(PROGRAMS)).map((program) => PROGRAMS[program] ?? program);
  if (missing.length > 0) await installPackages(missing, "the documentation's examples", lineProgress(process.stderr));
  const stack = await startTestStack();
  project.provide("stack", stack.facts);
  return async () => {
    try {
      await expectNoLeaks(stack.facts);
    } finally {
      await stack.dispose();
    }
  };
}
