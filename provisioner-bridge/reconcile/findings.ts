/** Compares what a server has with what the registry says. Pure. */
import type { EngineTenant } from "../engines/engine.ts";
import type { Registered } from "./rows.ts";

export type Findings = {
  /** Being dropped, or dropped in the registry and still on the server. */
  undropped: Registered[];
  /** Ours by their mark, unknown to the registry. */
  strangers: EngineTenant[];
  /** Handed out, and missing or incomplete on the server. */
  missing: Registered[];
  /** Begun and never finished; the platform will send their drop. */
  stale: Registered[];
};

/** With a larger share of unknown tenants the registry is probably the wrong one. */
const STRANGERS_MAX_SHARE = 0.05;
/** On a small server a few unknown tenants do not mean that the registry is wrong. */
const STRANGERS_ALWAYS_ALLOWED = 3;

/**
 * `seen` must have been listed before `registered` was read: a tenant's row is older than the tenant.
 * @param isForgetful the engine loses tenants with every restart: then a young tenant counts as missing, too
 */
export function compare(seen: readonly EngineTenant[], registered: readonly Registered[], isForgetful = false): Findings {
  const known = new Map(registered.map((row) => [row.name, row]));
  const there = new Map(seen.map((tenant) => [tenant.name, tenant]));
  return {
    undropped: registered.filter((row) => row.settled && (row.state === "dropping" || (row.state === "dropped" && there.has(row.name)))),
    strangers: seen.filter((tenant) => !known.has(tenant.name)),
    missing: registered.filter((row) => row.state === "active" && (row.settled || isForgetful) && there.get(row.name)?.isWhole !== true),
    stale: registered.filter((row) => row.settled && row.state === "creating"),
  };
}

/** True when so many are unknown that the registry is more likely to be wrong than the server. */
export function isSuspicious(strangers: number, seen: number): boolean {
  return strangers > Math.max(STRANGERS_ALWAYS_ALLOWED, seen * STRANGERS_MAX_SHARE);
}
