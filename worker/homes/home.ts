/** The interface of a home, where the tenants of a kind live. Each verb is idempotent. Facts shared with the bridge: contract/homes.ts. */
import type { Access, TenantLimits } from "../../contract/jobs.ts";
import type { Credentials } from "../../contract/kinds/kind.ts";
import type { Tier } from "../../contract/plans.ts";
import type { FixedResponse } from "../../contract/webhook-inbox.ts";
import type { Deps } from "../deps.ts";

/** `requestId`: correlates the logs of other programs with the request that caused them. */
export type Call = { deps: Deps; requestId: string };

export type Opening = {
  resourceId: string;
  tier: Tier;
  limits: TenantLimits;
  /** Null: it does not expire. */
  expiresAt: Date | null;
  /** The fixed response to senders. Only for homes that answer requests. */
  response?: FixedResponse | undefined;
};
/** `cold`: no ready-made tenant was available. */
export type Opened = { credentials: Credentials; cold: boolean };

export type Change = { resourceId: string; generation: number };
export type Adjustment = Change & { limits: TenantLimits; access: Access };
export type Rotation = Change & { rotation: number };

export interface Home {
  /**
   * Prepares a tenant. Creates nothing until the returned function is called; that function resolves once the credentials work.
   * @throws BridgeError, or Error when the Durable Object is unreachable
   */
  open(call: Call, opening: Opening): Promise<() => Promise<Opened>>;
  /** Removes the tenant and its data, whether or not it was opened. @throws as `open` */
  close(call: Call, change: Change): Promise<void>;
  /** Sets new limits and access. `overtaken`: a newer change of the resource came first, so nothing was changed. @throws as `open` */
  adjust(call: Call, adjustment: Adjustment): Promise<"done" | "overtaken">;
  /** Returns the credentials of a living tenant again, with new keys where keys expire. Secret. @throws as `open` */
  credentials(call: Call, resourceId: string): Promise<Credentials>;
  /**
   * Replaces the secret of a tenant and ends the sessions opened with it.
   * @returns null when a newer change of the resource came first, so nothing was changed
   * @throws as `open`, and Error for a home whose tenants have no secret
   */
  rotate(call: Call, rotation: Rotation): Promise<Credentials | null>;
  /** Whether `measure` asks the tenant. If false, `measure` returns the last reported size. */
  readonly measuresLive: boolean;
  /** Bytes stored now. Does not throw. @param reported the last reported size @returns null when the size is unknown */
  measure(call: Call, resource: { token: string; reported: number | null }): Promise<number | null>;
}
