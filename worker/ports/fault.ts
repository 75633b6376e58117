/** Named places between two steps, where the fault campaign stops a process. Without a hook they do nothing. */

export type Fault = (point: string, resourceId: string) => Promise<void>;

/** @param hookUrl asked at every point and awaited, or null; `readConfig` refuses one in production */
export function createFault(hookUrl: string | null): Fault {
  if (!hookUrl) return () => Promise.resolve();
  return async (point, resourceId) => {
    const body = JSON.stringify({ point, resource_id: resourceId });
    // Any answer means "go on", and so does a harness that is gone.
    await fetch(hookUrl, { method: "POST", headers: { "content-type": "application/json" }, body }).then(
      (response) => response.body?.cancel(),
      () => undefined,
    );
  };
}
