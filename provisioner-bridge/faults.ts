/**
 * Named points between the steps of a job where a test harness may hold the bridge and kill it.
 * Without a hook (always so in production) a point costs nothing.
 */
import type { EngineName } from "../contract/names.ts";
import { ENGINE_STEPS } from "./engines/steps.ts";

export type FaultPoint = `bridge.create.${string}` | `bridge.drop.${string}`;
export type Fault = (point: FaultPoint, resourceId: string) => Promise<void>;

/** The points a create on this engine passes, in order. */
export function createPoints(engine: EngineName): FaultPoint[] {
  return ["before_registry", "after_registry", ...ENGINE_STEPS[engine].create, "before_answer"].map(
    (point) => `bridge.create.${point}` as const,
  );
}

/** The points a drop on this engine passes, in order. */
export function dropPoints(engine: EngineName): FaultPoint[] {
  return ["before_registry", "after_registry", ...ENGINE_STEPS[engine].drop, "before_answer"].map(
    (point) => `bridge.drop.${point}` as const,
  );
}

export const noFaults: Fault = async () => {};

/** Asks the hook at every point and goes on with whatever it answers. Development only: `env.ts` refuses it elsewhere. */
export function faultHook(url: string): Fault {
  return async (point, resource_id) => {
    const headers = { "content-type": "application/json" };
    await fetch(url, { method: "POST", headers, body: JSON.stringify({ point, resource_id }) }).catch(() => undefined);
  };
}
