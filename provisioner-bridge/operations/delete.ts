/** Removes everything of a service, until nothing is left. Its row stays as a tombstone. */
import { noteContainer, noteImage, readReleases } from "../registry/releases.ts";
import { noteDeleted } from "../registry/services.ts";
import { nothing, record, type StepContext, type StepTable } from "./step.ts";

const releasesOf = (context: StepContext) => record(context, (query) => readReleases(query, context.serviceId));

export const deleteSteps: StepTable<"delete"> = {
  isCertain: true,
  steps: [
    { name: "unroute", do: ({ routes }, plan) => routes.remove(plan.app_id), undo: nothing },
    {
      name: "containers",
      async do(context, plan) {
        const { driver, serviceId } = context;
        for (const { release, has_container } of await releasesOf(context)) {
          if (!has_container) continue;
          await driver.removeContainer({ serviceId, appId: plan.app_id, release });
          await record(context, (query) => noteContainer(query, serviceId, release, false));
        }
      },
      undo: nothing,
    },
    {
      name: "images",
      async do(context, plan) {
        const { driver, serviceId } = context;
        for (const { release, has_image } of await releasesOf(context)) {
          if (!has_image) continue;
          await driver.removeImage({ serviceId, appId: plan.app_id, release });
          await record(context, (query) => noteImage(query, serviceId, release, false));
        }
      },
      undo: nothing,
    },
    { name: "network", do: ({ driver, serviceId }) => driver.removeNetwork(serviceId), undo: nothing },
    {
      name: "sources",
      async do(context) {
        const ids = new Set((await releasesOf(context)).map(({ source_id }) => source_id));
        for (const id of ids) if (id !== null) await context.sources.drop(id);
      },
      undo: nothing,
    },
    {
      name: "logs",
      async do(context) {
        await context.logs.drop(context.serviceId);
        await record(context, (query) => noteDeleted(query, context.serviceId, context.clock.now()));
      },
      undo: nothing,
    },
  ],
};
