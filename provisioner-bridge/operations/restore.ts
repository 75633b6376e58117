/** After a restart of the machine, or of the whole stack, containers stand still. This starts again those that should run. */
import type pg from "pg";
import type { Routes } from "../ingress/routes.ts";
import type { Log } from "../log.ts";
import { withRegistry } from "../registry/database.ts";
import { type ServiceRow, servicesThatShouldRun } from "../registry/services.ts";
import type { Driver } from "../services/driver.ts";

export type RestoreDeps = { registry: pg.Pool; driver: Driver; routes: Pick<Routes, "set">; log: Log };

/** Idempotent. A service that cannot be started is logged; the others are started. @throws Refusal when the registry does not answer */
export async function restoreServing(deps: RestoreDeps): Promise<void> {
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
