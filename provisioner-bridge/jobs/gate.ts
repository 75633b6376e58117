/** Bounds how many jobs run and wait. A job that waited too long is not begun: its sender has already timed out. */
import pLimit from "p-limit";
import type { Clock } from "../ports/clock.ts";
import { Refusal } from "../refusal.ts";

export type Gate = <T>(work: () => Promise<T>) => Promise<T>;
export type GateLimits = { running: number; waiting: number; waitMs: number };

/** @throws Refusal resource_busy from the gate when the queue is full or the wait was too long */
export function createGate(limits: GateLimits, clock: Clock): Gate {
  const turns = pLimit(limits.running);
  return async (work) => {
    if (turns.pendingCount >= limits.waiting) throw new Refusal("resource_busy");
    const arrived = clock.elapsedMs();
    return turns(() => {
      if (clock.elapsedMs() - arrived > limits.waitMs) throw new Refusal("resource_busy");
      return work();
    });
  };
}
