/** After a restart of the machine, or of the whole stack, containers stand still. This starts again those that should run. */
import type pg from "pg";
import type { Routes } from "../ingress/routes.ts";
import type { Log } from "../log.ts";
import { withRegistry } from "../registry/database.ts";
import { type ServiceRow, servicesThatShouldRun } from "../registry/services.ts";
import type { Driver } from "../services/driver.ts";
import type { Isolation } from "../services/isolation/isolation.ts";

export type RestoreDeps = { registry: pg.Pool; driver: Driver; routes: Pick<Routes, "set">; log: Log };

/** Restores each time the isolation of containers is confirmed. @returns whether it has done so once, as far as it could */
export function restoreWhenIsolated(deps: RestoreDeps & { isolation: Pick<Isolation, "onConfirmed"> }): () => boolean {
  let hasRestored = false;
  const restore = async (): Promise<void> => {
    await restoreServing(deps).catch((err: unknown) => deps.log.warn({ err }, "apps could not be started again"));
    hasRestored = true;
  };
  deps.isolation.onConfirmed(() => void restore());
  return () => hasRestored;
}

/** Idempotent. A service that cannot be started is logged; the others are started. @throws Refusal when the registry does not answer */
async function restoreServing(deps: RestoreDeps): Promise<void> {
  const services = await withRegistry(deps.registry, servicesThatShouldRun);
  for (const service of services) {
    await restore(deps, service).catch((err: unknown) =>
      deps.log.warn({ err, service_id: service.service_id }, "an app could not be started again"),
    );
  }
}

async function restore(
  { driver, routes, log }: RestoreDeps,
  { service_id: serviceId, app_id: appId, release, access }: ServiceRow,
): Promise<void> {
  if (release === null || access === null) return;
  const ref = { serviceId, appId, release };
  const before = await driver.inspect(ref);
  // Another bridge's machine has it, or it runs.
  if (before === null || before.isRunning) return;
  await driver.resume(ref);
  const upstream = (await driver.inspect(ref))?.address;
  if (upstream == null) throw new Error("the container ended at once");
  await routes.set({ appId, serviceId, release, upstream, access });
  log.info({ service_id: serviceId }, "an app was started again");
}
