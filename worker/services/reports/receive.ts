/** Takes what the bridge reports. */

import type { VerifiedReport } from "../../crypto/reports.ts";
import type { Deps } from "../../deps.ts";
import { recordMeasurements } from "../metering/record.ts";

/** Doing it twice does it once. @throws ApiError `report_conflict`, `lookup_failed` */
export async function receiveReport(deps: Deps, { report, jti, contentHash }: VerifiedReport): Promise<void> {
  const taken = { jti, contentHash, receivedAt: new Date(deps.clock.now()) };
  switch (report.kind) {
    case "sizes":
      return recordMeasurements(deps, taken, report.body);
  }
}
