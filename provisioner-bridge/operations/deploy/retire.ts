/** Ends the release that served before, once its connections have had time to end. */
import type { PlanOf } from "../../../contract/operations.ts";
import { noteContainer, readReleases } from "../../registry/releases.ts";
import { noteServed } from "../../registry/services.ts";
import { pause, record, type StepContext } from "../step.ts";
import { STOP_GRACE_SECONDS } from "../stop.ts";
import { sweepReleases } from "./sweep.ts";

export async function retire(context: StepContext, plan: PlanOf<"deploy">): Promise<void> {
  const { clock, drainMs, driver, serviceId, signal } = context;
  const { release: served, access } = plan;
  // Not in the step `route`: its undo leads the route back to the release that is recorded.
  await record(context, (query) => noteServed(query, serviceId, { release: served, access, at: clock.now() }));
  const rows = await record(context, (query) => readReleases(query, serviceId));
  const others = rows.filter(({ release, has_container }) => has_container && release !== served);
  if (others.length > 0) await pause(clock, drainMs, signal);
  for (const { release } of others) {
    const ref = { serviceId, appId: plan.app_id, release };
    await driver.stop(ref, STOP_GRACE_SECONDS);
    await driver.removeContainer(ref);
    await record(context, (query) => noteContainer(query, serviceId, release, false));
  }
  await sweepReleases(context, plan);
}
