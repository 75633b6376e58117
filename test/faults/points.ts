/** Where processes are killed, and which. The places are named fault points of the Worker and the bridge (docs/orphans.md). */
import { KINDS } from "../../contract/kinds.ts";
import type { ResourceKind } from "../../contract/names.ts";
import { createPoints as bridgeCreatePoints, dropPoints as bridgeDropPoints } from "../../provisioner-bridge/faults.ts";

/** "worker.create.after_job", "bridge.drop.after_role" and so on. */
export type FaultPoint =
  `${"worker" | "bridge"}.${"create" | "drop" | "abandon" | "rotate" | "limit" | "pause" | "claim" | "delete" | "report"}.${string}`;

/** `engine` is the server of the kind's engine. */
export const VICTIMS = ["bridge", "worker", "engine"] as const;
export type Victim = (typeof VICTIMS)[number];

/** The points a create of this kind passes, in order. */
export function createPoints(kind: ResourceKind): FaultPoint[] {
  const { engine } = KINDS[kind];
  return [
    "worker.create.after_admit",
    ...(engine === null ? [] : bridgeCreatePoints(engine)),
    "worker.create.after_job",
    "worker.create.after_insert",
    "worker.create.after_finish",
  ];
}

/** The points a drop of this kind passes, in order. */
export function dropPoints(kind: ResourceKind): FaultPoint[] {
  const { engine } = KINDS[kind];
  return [
    "worker.drop.before_enqueue",
    "worker.drop.before_job",
    ...(engine === null ? [] : bridgeDropPoints(engine)),
    "worker.drop.after_job",
    "worker.drop.after_update",
  ];
}

/** Reached by a create that failed: its intent is given up. */
export const ABANDON_POINTS = ["worker.abandon.after_row", "worker.abandon.after_enqueue"] as const satisfies readonly FaultPoint[];

/** Where a dead engine makes the job fail and the bridge say so; none for a kind without an engine. */
export function openings(kind: ResourceKind): FaultPoint[] {
  const { engine } = KINDS[kind];
  return engine === null ? [] : bridgeCreatePoints(engine).slice(1, -2);
}

/** Who can be killed while something of this kind is made or dropped. */
export function victimsOf(kind: ResourceKind): readonly Victim[] {
  return KINDS[kind].engine === null ? ["worker"] : VICTIMS;
}
