/** The metrics of one app, put together from what was measured, what the registry counts and how its container was made. */
import type pg from "pg";
import type { AppMetrics } from "../../contract/app-metrics.ts";
import { Refusal } from "../refusal.ts";
import { withRegistry } from "../registry/database.ts";
import { readRestarts } from "../registry/service-states.ts";
import { readService } from "../registry/services.ts";
import type { Driver } from "../services/driver.ts";
import type { MetricsStore } from "./store.ts";

export type AppMetricsReader = {
  /** @throws Refusal unknown_service */
  read(serviceId: string): Promise<AppMetrics>;
};

export type ReaderDeps = { registry: pg.Pool; driver: Pick<Driver, "settings">; store: MetricsStore };

export function createMetricsReader({ registry, driver, store }: ReaderDeps): AppMetricsReader {
  return {
    async read(serviceId) {
      const [service, restarts] = await withRegistry(registry, (client) =>
        Promise.all([readService(client, serviceId), readRestarts(client, serviceId)]),
      );
      if (service === null || service.wanted === "deleted") throw new Refusal("unknown_service");
      const { app_id: appId, release } = service;
      const settings = release === null ? null : await driver.settings({ serviceId, appId, release });
      const limits = settings === null ? null : { cpu_millicores: settings.cpuMillicores, memory_mb: settings.memoryMb };
      return { minutes: store.read(appId), restarts, limits };
    },
  };
}
