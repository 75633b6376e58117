/** Why a resource may do less than its owner expects, and what lifts it, as the API says it. */
import { HOMES } from "./homes.ts";
import type { Access } from "./jobs.ts";
import { KINDS, type ResourceKind } from "./kinds.ts";

/** Why the metering has cut it. */
export const CUT_REASONS = ["storage_limit_exceeded"] as const;
/** Any reason a caller is shown. */
export const ACCESS_REASONS = [...CUT_REASONS, "paused"] as const;
export type AccessReason = (typeof ACCESS_REASONS)[number];

/** What an agent is told of a resource its team has suspended. */
export const PAUSED =
  "Tell the user this resource is paused: it accepts no connections; its data and password are kept. POST /api/v1/resources/{token}/resume resumes it.";

const DELETES_ALLOWED =
  "Tell the user this resource stores far more than its limit, so writes are refused; reading and deleting go on. Delete data: below 90 % of the limit writes resume automatically.";
const NO_ACCESS = "Tell the user this resource stores so much more than its limit that it accepts no connections.";

/** `isTeams`: a team owns it already, so there is nothing to claim. */
type Cut = { kind: ResourceKind; access: Exclude<Access, "full">; isTeams: boolean; publicUrl: string };

/** What an agent is told of a resource that is cut. */
export function wayBack({ kind, access, isTeams, publicUrl }: Cut): string {
  const larger = isTeams ? `choose a larger tier at ${publicUrl}/pricing` : `claim it at ${publicUrl}/start for a larger limit`;
  if (access === "none") return `${NO_ACCESS} Delete it, or ${larger}.`;
  return `${HOMES[KINDS[kind].home].softReadOnly?.hint ?? DELETES_ALLOWED} Or ${larger}.`;
}
