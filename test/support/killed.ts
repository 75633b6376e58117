/** The Worker of a stack with a fault hook is killed in the middle of what a test does, and starts again by itself. */
import { expect, vi } from "vitest";
import type { FaultHook } from "../faults/hook.ts";
import type { FaultPoint } from "../faults/points.ts";
import { apiOf } from "./api.ts";
import type { TestStack } from "./stack.ts";

const BACK = { timeout: 30_000, interval: 100 };

type Killing = { hook: FaultHook; stack: TestStack; point: FaultPoint /** Left out: whichever resource comes by first. */; id?: string };

/** Does something during which the Worker is killed, and waits until it answers again. @returns whether the act itself was answered */
export async function killedAt({ hook, stack, point, id }: Killing, act: () => Promise<unknown>): Promise<"answered" | "broken"> {
  const matches = (met: string) => id === undefined || met === id;
  const shot = hook.arm({ point, matches, fire: async () => stack.service("worker").kill("SIGKILL") });
  const end = await act().then(
    () => "answered" as const,
    () => "broken" as const,
  );
  await shot.fired;
  const api = apiOf(stack.facts);
  await vi.waitFor(async () => expect((await api.call("GET", "/livez", { caller: null })).status).toBe(200), BACK);
  return end;
}
