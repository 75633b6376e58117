/** What becomes of the container of a serving release: pure rules. docs/deploys.md, "A running app". */
import type { FailureReason } from "../../contract/deploys.ts";
import type { StateRow } from "../registry/service-states.ts";
import type { ContainerState } from "../services/driver.ts";

const SECOND_MS = 1_000;
const RESTART_MIN_MS = SECOND_MS;
const RESTART_MAX_MS = 60 * SECOND_MS;
/** So many ends without a steady run between them are a crash loop. */
export const ENDS_MAX = 3;
/** A container that has run so long starts with a new count. */
export const STEADY_MS = 600 * SECOND_MS;
/** A failed app that has run so long and answers is healthy again. */
export const RECOVERED_MS = 10 * SECOND_MS;
const MIB = 1_048_576;

type Known = Pick<StateRow, "ends" | "running_since"> | null;

/** The container has ended by itself, with any exit code. `restartAt` in milliseconds; `reason` null: it does not count as failed yet. */
export function afterEnd(
  known: Known,
  { wasOutOfMemory }: Pick<ContainerState, "wasOutOfMemory">,
  nowMs: number,
): { ends: number; restartAt: number; reason: FailureReason | null } {
  const ends = (known === null || isSteady(known, nowMs) ? 0 : known.ends) + 1;
  const pauseMs = Math.min(RESTART_MAX_MS, RESTART_MIN_MS * 2 ** (ends - 1));
  return { ends, restartAt: nowMs + pauseMs, reason: wasOutOfMemory ? "out_of_memory" : ends >= ENDS_MAX ? "crash_loop" : null };
}

export const isSteady = ({ running_since }: Pick<StateRow, "running_since">, nowMs: number): boolean =>
  running_since !== null && nowMs - running_since.getTime() >= STEADY_MS;

/** It has run long enough to be asked whether it answers. */
export const mayHaveRecovered = ({ failure, running_since }: Pick<StateRow, "failure" | "running_since">, nowMs: number): boolean =>
  failure !== null && running_since !== null && nowMs - running_since.getTime() >= RECOVERED_MS;

/** @param limitMb null: the container has none */
export const isOverDisk = (bytes: number, limitMb: number | null): boolean => limitMb !== null && bytes > limitMb * MIB;
