/**
 * Named points between the steps of a job where a test harness may hold the bridge and kill it.
 * Without a hook (always so in production) a point costs nothing.
 */
import type { EngineName } from "../contract/engines.ts";
import type { OperationVerb } from "../contract/operations.ts";
import { engineEntry } from "./engines/all.ts";

export type FaultPoint = `bridge.${"create" | "drop" | "fill" | "discard"}.${string}`;
/** Before and after each step of an operation: operations/tables.ts. */
export type OperationPoint = `operation.${OperationVerb}.${string}.${"before" | "after"}`;
/** Of an operation, `resourceId` is its service's id. For a ready-made tenant, which no resource owns, `resourceId` is the tenant's own id. */
export type Fault = (point: FaultPoint | OperationPoint, resourceId: string) => Promise<void>;

/** The points a create on this engine passes, in order. */
export function createPoints(engine: EngineName): FaultPoint[] {
  return ["before_registry", "after_registry", ...engineEntry(engine).points.create, "before_answer"].map(
    (point) => `bridge.create.${point}` as const,
  );
}

/** The points a drop on this engine passes, in order. */
export function dropPoints(engine: EngineName): FaultPoint[] {
  return ["before_registry", "after_registry", ...engineEntry(engine).points.drop, "before_answer"].map(
    (point) => `bridge.drop.${point}` as const,
  );
}

/** The points of making a ready-made tenant of this engine, in order. */
export function fillPoints(engine: EngineName): FaultPoint[] {
  return ["before_registry", "after_registry", ...engineEntry(engine).points.create, "before_ready"].map(
    (point) => `bridge.fill.${point}` as const,
  );
}

/** The points of removing a ready-made tenant, in order. */
export function discardPoints(engine: EngineName): FaultPoint[] {
  return ["before_registry", "after_registry", ...engineEntry(engine).points.drop, "before_tombstone"].map(
    (point) => `bridge.discard.${point}` as const,
  );
}

/** The points a create passes that is handed a ready-made tenant. */
export const HAND_OUT_POINTS = ["before_registry", "after_registry", "before_answer"].map((point) => `bridge.create.${point}` as const);

export const noFaults: Fault = async () => {};

/** Asks the hook at every point and goes on with any answer. Development only: `env.ts` refuses it elsewhere. */
export function faultHook(url: string): Fault {
  return async (point, resource_id) => {
    const headers = { "content-type": "application/json" };
    await fetch(url, { method: "POST", headers, body: JSON.stringify({ point, resource_id }) }).catch(() => undefined);
  };
}
