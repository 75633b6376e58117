/**
 * Named points between the steps of a job where a test harness may hold the bridge and kill it.
 * Without a hook (always so in production) a point costs nothing.
 */
export const CREATE_POINTS = [
  "before_registry",
  "after_registry",
  "after_role",
  "after_database",
  "after_grants",
  "after_ready",
  "before_answer",
] as const;
export const DROP_POINTS = ["before_registry", "after_registry", "after_database", "after_role", "before_answer"] as const;
export type FaultPoint = `bridge.create.${(typeof CREATE_POINTS)[number]}` | `bridge.drop.${(typeof DROP_POINTS)[number]}`;
export type Fault = (point: FaultPoint, resourceId: string) => Promise<void>;

export const noFaults: Fault = async () => {};

/** Asks the hook at every point and goes on with whatever it answers. Development only: `env.ts` refuses it elsewhere. */
export function faultHook(url: string): Fault {
  return async (point, resource_id) => {
    const headers = { "content-type": "application/json" };
    await fetch(url, { method: "POST", headers, body: JSON.stringify({ point, resource_id }) }).catch(() => undefined);
  };
}
