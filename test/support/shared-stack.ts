/**
 * The stack of this test process: one file at a time runs in it, so a file may look at everything the stack holds.
 * test/setup/shared-stacks.ts starts and stops it.
 */

import { apiOf } from "./api.ts";
import { lent } from "./lent.ts";
import type { StackFacts } from "./stack.ts";

export const stack = await lent<StackFacts>(`stack-${process.env.VITEST_POOL_ID}`);
export const api = apiOf(stack);
