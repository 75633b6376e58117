/** The errors of the bridge's reports: part of the one table in `../errors.ts`. */
import type { ErrorRow } from "./row.ts";

export const REPORT_ERRORS = {
  malformed_report: {
    status: 400,
    message: () => "This report is malformed.",
    agentAction: () => `Tell the user this route accepts signed reports of the platform's own provisioner only; no action is needed.`,
  },
  unknown_report_key: {
    status: 401,
    message: () => "The report is signed by a key this API does not know.",
    agentAction: () => `Tell the user the provisioner's key is not configured: add its public key to BRIDGE_REPORT_JWKS.`,
  },
  invalid_report_signature: {
    status: 401,
    message: () => "The signature of the report does not verify.",
    agentAction: () => `Tell the user this report was not signed by the platform's provisioner, or was changed on its way.`,
  },
  report_expired: {
    status: 401,
    message: () => "The report has expired, is from the future, or has too long a lifetime.",
    agentAction: () => `Tell the user the report came too late or the provisioner's clock is wrong; it sends a new one automatically.`,
  },
  wrong_report_audience: {
    status: 403,
    message: () => "The report is from another bridge, or addressed to another platform.",
    agentAction: () => `Tell the user the provisioner's BRIDGE_ID differs from this API's, then make them the same.`,
  },
  report_conflict: {
    status: 409,
    message: () => "A report with the same id had other content.",
    agentAction: () => `Tell the user this report id was used before; the provisioner sends every report under an id of its own.`,
  },
} as const satisfies Record<string, ErrorRow>;
