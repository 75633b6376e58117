/** The errors of the bridge's reports: part of the one table in `../errors.ts`. */
import type { ErrorRow } from "./row.ts";

export const REPORT_ERRORS = {
  malformed_report: {
    status: 400,
    message: () => "This is not a report this API understands.",
    agentAction: () => `Tell the user this route takes signed reports of the platform's own provisioner only; there is nothing to do here.`,
  },
  unknown_report_key: {
    status: 401,
    message: () => "The report is signed by a key this API does not know.",
    agentAction: () => `Tell the user the provisioner's key is not configured: its public half belongs into BRIDGE_REPORT_JWKS.`,
  },
  invalid_report_signature: {
    status: 401,
    message: () => "The signature of the report does not verify.",
    agentAction: () => `Tell the user this report was not signed by the platform's provisioner, or was changed on its way.`,
  },
  report_expired: {
    status: 401,
    message: () => "The report is late, early, or claims to live too long.",
    agentAction: () => `Tell the user the report came too late or the provisioner's clock is wrong; it sends a fresh one by itself.`,
  },
  wrong_report_audience: {
    status: 403,
    message: () => "The report is of another bridge, or for somebody else.",
    agentAction: () => `Tell the user the provisioner's BRIDGE_ID differs from this API's, then make them the same.`,
  },
  report_conflict: {
    status: 409,
    message: () => "A report with the same id had other content.",
    agentAction: () => `Tell the user this report id was used before; the provisioner sends every report under an id of its own.`,
  },
} as const satisfies Record<string, ErrorRow>;
