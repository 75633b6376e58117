/** Before the first black-box test one stack is started for all of them; after the last, its logs and stores are searched for secrets. */
import type { TestProject } from "vitest/node";
import { expectNoLeaks } from "./leaks.ts";
import { startTestStack } from "./stack.ts";

export async function setup(project: TestProject): Promise<() => Promise<void>> {
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
