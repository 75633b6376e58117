/** The release that serves, and the way back to it. */
import { readService } from "../registry/services.ts";
import { record, type StepContext } from "./step.ts";

/** Points the route at the release that served before this operation, if its container runs. A stopped service answers 503. */
export async function routeToServing(context: StepContext, { app_id: appId }: { app_id: string }): Promise<void> {
  const { driver, routes, serviceId } = context;
  const service = await record(context, (query) => readService(query, serviceId));
  if (service === null || service.release === null || service.access === null) return routes.remove(appId);
  const state = await driver.inspect({ serviceId, appId, release: service.release });
  if (state === null || !state.isRunning || state.address === null) return routes.suspend(appId);
  await routes.set({ appId, serviceId, release: service.release, upstream: state.address, access: service.access });
}
