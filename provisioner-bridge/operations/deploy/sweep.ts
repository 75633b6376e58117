/** Forgets releases that are no longer kept, with their images and sources. */
import { RELEASES_KEPT } from "../../../contract/deploys.ts";
import type { PlanOf } from "../../../contract/operations.ts";
import { forgetRelease, noteImage, type ReleaseRow, readReleases } from "../../registry/releases.ts";
import { record, type StepContext } from "../step.ts";

/** Keeps the newest releases that have served, this one, and those of operations that wait. */
export async function sweepReleases(context: StepContext, plan: PlanOf<"deploy">): Promise<void> {
  const rows = await record(context, (query) => readReleases(query, context.serviceId));
  const served = rows.filter(({ served_at }) => served_at !== null).slice(0, RELEASES_KEPT);
  const kept = new Set([...served, ...rows.filter((row) => row.release >= plan.release || row.has_container)]);
  for (const row of rows) if (!kept.has(row)) await forget(context, plan.app_id, row, [...kept]);
}

async function forget(context: StepContext, appId: string, row: ReleaseRow, kept: readonly ReleaseRow[]): Promise<void> {
  const { driver, sources, serviceId } = context;
  const { release, source_id: sourceId } = row;
  if (kept.some(({ image_release }) => image_release === release)) return;
  if (row.has_image) {
    await driver.removeImage({ serviceId, appId, release });
    await record(context, (query) => noteImage(query, serviceId, release, false));
  }
  if (sourceId !== null && !kept.some(({ source_id }) => source_id === sourceId)) await sources.drop(sourceId);
  await record(context, (query) => forgetRelease(query, serviceId, release));
}
