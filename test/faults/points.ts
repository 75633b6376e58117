/** Where processes are killed, and which. The places are named fault points of the Worker and the bridge (docs/orphans.md). */

import type { EngineName } from "../../contract/engines.ts";
import type { ResourceKind } from "../../contract/kinds.ts";
import { POOLED_ENGINES } from "../../provisioner-bridge/engines/all.ts";
import {
  createPoints as bridgeCreatePoints,
  discardPoints as bridgeDiscardPoints,
  dropPoints as bridgeDropPoints,
  fillPoints as bridgeFillPoints,
  HAND_OUT_POINTS,
} from "../../provisioner-bridge/faults.ts";
import { engineOf } from "../support/engine-of.ts";

/** "worker.create.after_job", "bridge.drop.after_role" and so on. */
export type FaultPoint =
  `${"worker" | "bridge"}.${"create" | "drop" | "fill" | "discard" | "abandon" | "rotate" | "limit" | "pause" | "claim" | "count" | "delete" | "report"}.${string}`;

/** `engine` is the server of the kind's engine. */
export const VICTIMS = ["bridge", "worker", "engine"] as const;
export type Victim = (typeof VICTIMS)[number];

/** What of a kind is ready-made when pools are on: its engine; null for what is made when it is asked for. */
export function pooledEngine(kind: ResourceKind): EngineName | null {
  return POOLED_ENGINES.find((engine) => engine === engineOf(kind)) ?? null;
}

/** The points a create of this kind passes, in order; when it is handed a ready-made tenant, with `pools`. */
export function createPoints(kind: ResourceKind, pools = false): FaultPoint[] {
  const engine = engineOf(kind);
  const own = engine === null ? [] : bridgeCreatePoints(engine);
  return [
    "worker.create.after_admit",
    ...(pools && pooledEngine(kind) !== null ? HAND_OUT_POINTS : own),
    "worker.create.after_job",
    "worker.create.after_insert",
    "worker.create.after_finish",
  ];
}

/** The points a drop of this kind passes, in order. */
export function dropPoints(kind: ResourceKind): FaultPoint[] {
  const engine = engineOf(kind);
  return [
    "worker.drop.before_enqueue",
    "worker.drop.before_job",
    ...(engine === null ? [] : bridgeDropPoints(engine)),
    "worker.drop.after_job",
    "worker.drop.after_update",
  ];
}

/** The points of filling this kind's pool. */
export function fillPoints(kind: ResourceKind): FaultPoint[] {
  const engine = pooledEngine(kind);
  return engine === null ? [] : bridgeFillPoints(engine);
}

/** The points of removing what the pool could not finish. */
export function discardPoints(kind: ResourceKind): FaultPoint[] {
  const engine = pooledEngine(kind);
  return engine === null ? [] : bridgeDiscardPoints(engine);
}

/** Reached by a create that failed: its intent is given up. */
export const ABANDON_POINTS = ["worker.abandon.after_row", "worker.abandon.after_enqueue"] as const satisfies readonly FaultPoint[];

/** Where a dead engine makes the job fail and the bridge say so; none for a kind without an engine. */
export function openings(kind: ResourceKind): FaultPoint[] {
  const engine = engineOf(kind);
  return engine === null ? [] : bridgeCreatePoints(engine).slice(1, -2);
}

/** Who can be killed while something of this kind is made or dropped. */
export function victimsOf(kind: ResourceKind): readonly Victim[] {
  return engineOf(kind) === null ? ["worker"] : VICTIMS;
}
