/** Processes a report of the bridge. */

import type { VerifiedReport } from "../../crypto/reports.ts";
import type { Deps } from "../../deps.ts";
import { lookupFailed } from "../../errors.ts";
import { type Later, takeState, takeStatus } from "../deploys/send.ts";
import { recordMeasurements } from "../metering/record.ts";

/** Idempotent. @throws ApiError `report_conflict`, `lookup_failed` */
export async function receiveReport(deps: Deps, { report, jti, contentHash }: VerifiedReport, later: Later): Promise<void> {
  const taken = { jti, contentHash, receivedAt: new Date(deps.clock.now()) };
  switch (report.kind) {
    case "sizes":
      return recordMeasurements(deps, taken, report.body);
    case "operation":
      return takeStatus(deps, report.body, later).catch(lookupFailed);
    case "service":
      return takeState(deps, report.body, later).catch(lookupFailed);
  }
}
