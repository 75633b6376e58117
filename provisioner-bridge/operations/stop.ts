/** Takes a service off the internet. Its image, network and stopped container stay. */
import { readReleases } from "../registry/releases.ts";
import { routeToServing } from "./serving.ts";
import { nothing, record, type StepTable } from "./step.ts";

/** What an app gets to end by itself. */
export const STOP_GRACE_SECONDS = 10;

export const stopSteps: StepTable<"stop"> = {
  steps: [
    { name: "unroute", do: ({ routes }, plan) => routes.suspend(plan.app_id), undo: routeToServing },
    {
      name: "stop",
      async do(context, plan) {
        const { driver, serviceId } = context;
        for (const { release, has_container } of await record(context, (query) => readReleases(query, serviceId))) {
          if (has_container) await driver.stop({ serviceId, appId: plan.app_id, release }, STOP_GRACE_SECONDS);
        }
      },
      undo: nothing,
    },
  ],
};
