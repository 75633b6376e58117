/** Named points between two steps where the fault tests stop a process. No-ops without a hook. */

export type Fault = (point: string, resourceId: string) => Promise<void>;

/** @param hookUrl called and awaited at every point, or null; `readConfig` refuses one in production */
export function createFault(hookUrl: string | null): Fault {
  if (!hookUrl) return () => Promise.resolve();
  return async (point, resourceId) => {
    const body = JSON.stringify({ point, resource_id: resourceId });
    // Continue after any answer, and after a failed call.
    await fetch(hookUrl, { method: "POST", headers: { "content-type": "application/json" }, body }).then(
      (response) => response.body?.cancel(),
      () => undefined,
    );
  };
}
