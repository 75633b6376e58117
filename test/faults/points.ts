/** Where processes are killed, and which. The places are named fault points of the Worker and the bridge (docs/orphans.md). */
import { createPoints, dropPoints } from "../../provisioner-bridge/faults.ts";

export const CREATE_POINTS = [
  "worker.create.after_admit",
  ...createPoints("postgres"),
  "worker.create.after_job",
  "worker.create.after_insert",
  "worker.create.after_finish",
] as const;
export const DROP_POINTS = [
  "worker.drop.before_enqueue",
  "worker.drop.before_job",
  ...dropPoints("postgres"),
  "worker.drop.after_job",
  "worker.drop.after_update",
] as const;
/** Reached by a create that failed: its intent is given up. */
export const ABANDON_POINTS = ["worker.abandon.after_row", "worker.abandon.after_enqueue"] as const;

export type CreatePoint = (typeof CREATE_POINTS)[number];
export type DropPoint = (typeof DROP_POINTS)[number];
export type AbandonPoint = (typeof ABANDON_POINTS)[number];
export type FaultPoint = CreatePoint | DropPoint | AbandonPoint;

/** `postgres` is the postmaster of the tenants' server. */
export const VICTIMS = ["bridge", "worker", "postgres"] as const;
export type Victim = (typeof VICTIMS)[number];
