/** Why a resource may do less than its owner expects, and the way back, as the API says it. Source: PRODUCT "over a limit". */
import type { Access } from "./jobs.ts";
import type { EngineName } from "./names.ts";

/** Why the metering has cut it. */
export const CUT_REASONS = ["storage_limit_exceeded"] as const;
/** Any reason a caller is shown. */
export const ACCESS_REASONS = [...CUT_REASONS, "paused"] as const;
export type AccessReason = (typeof ACCESS_REASONS)[number];

/** What an agent is told of a resource its team has suspended. */
export const PAUSED =
  "Tell the user this resource is paused: nobody is let in, its data and password are kept. POST /api/v1/resources/{token}/resume takes it up again.";

const DELETING_GOES_ON =
  "Tell the user this resource stores far more than its limit, so writes are refused; reading and deleting go on. Delete data: below 90 % of the limit it is whole again by itself.";
const DOOR_CLOSED = "Tell the user this resource stores so much more than its limit that nobody is let in.";

/** Where an engine's own way back differs. */
const READ_ONLY: Partial<Record<EngineName, string>> = {
  postgres:
    "Tell the user this database stores far more than its limit, so transactions are read-only by default. To free space: SET default_transaction_read_only = off, delete or truncate, then VACUUM; below 90 % of the limit it is whole again by itself.",
};

/** `isTeams`: a team owns it already, so there is nothing to claim. */
type Cut = { engine: EngineName | null; access: Exclude<Access, "full">; isTeams: boolean; publicUrl: string };

/** What an agent is told of a resource that is cut. */
export function wayBack({ engine, access, isTeams, publicUrl }: Cut): string {
  const larger = isTeams ? `choose a larger tier at ${publicUrl}/pricing` : `claim it at ${publicUrl}/start for a larger limit`;
  if (access === "none") return `${DOOR_CLOSED} Delete it, or ${larger}.`;
  return `${(engine === null ? undefined : READ_ONLY[engine]) ?? DELETING_GOES_ON} Or ${larger}.`;
}
