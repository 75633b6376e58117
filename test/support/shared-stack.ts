/** The one stack all black-box tests share; test/support/e2e-setup.ts starts and stops it. */
import { inject } from "vitest";
import { apiOf } from "./api.ts";
import type { StackFacts } from "./stack.ts";

declare module "vitest" {
  interface ProvidedContext {
    stack: StackFacts;
  }
}

export const stack = inject("stack");
export const api = apiOf(stack);
