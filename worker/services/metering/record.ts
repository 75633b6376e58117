/**
 * Stores the sizes that the bridge reports, and enqueues limit jobs where the access changes. After a crash between the two steps, the
 * bridge's retry of the same report continues. After a crash between the decision and the outbox, the cron does.
 */
import { storageLimitBytes } from "../../../contract/limits.ts";
import type { SizesReport } from "../../../contract/reports.ts";
import type { Deps } from "../../deps.ts";
import { ApiError } from "../../errors.ts";
import { type AccessChange, changeAccess, type Measured, recordSizes, type TakenReport } from "../../platform-db/usage.ts";
import { judgeAccess } from "./excess.ts";

/** How far a bridge's clock may run ahead. A later timestamp would cause the following measurements to be ignored as older. */
const CLOCK_SKEW_MS = 5_000;

/** @throws ApiError `report_expired`, `report_conflict` or `lookup_failed` */
export async function recordMeasurements(deps: Deps, taken: TakenReport, { measured_at, sizes }: SizesReport): Promise<void> {
  const measuredAt = new Date(measured_at);
  if (measuredAt.getTime() > deps.clock.now() + CLOCK_SKEW_MS) throw new ApiError("report_expired");
  try {
    const measured = await recordSizes(deps.database, taken, { measuredAt, sizes });
    if (measured === null) throw new ApiError("report_conflict");
    await deps.fault("worker.report.after_sizes", taken.jti);
    const changes = accessChanges(measured, new Set(sizes.flatMap(({ resource_id, is_cut }) => (is_cut === true ? [resource_id] : []))));
    if (changes.length === 0) return;
    const jobs = await changeAccess(deps.database, changes, measuredAt, new Date(deps.clock.now()));
    deps.log.info("metering.access_changed", { count: jobs.length });
    await deps.outbox.enqueue(jobs);
  } catch (cause) {
    throw cause instanceof ApiError ? cause : new ApiError("lookup_failed", { cause });
  }
}

/** @param cut resources that the bridge has made `read_only`. They are judged as such unless the platform has decided something newer. */
function accessChanges(measured: readonly Measured[], cut: ReadonlySet<string>): AccessChange[] {
  return measured.flatMap(({ id, kind, tier, storage_bytes: bytes, access: from, is_settled }) => {
    const now = from === "full" && is_settled && cut.has(id) ? "read_only" : from;
    const to = judgeAccess({ kind, bytes, limitBytes: storageLimitBytes(kind, tier) }, now);
    return to === from ? [] : [{ id, from, to }];
  });
}
