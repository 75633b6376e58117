/** Where the tenants of a kind live. Each verb is idempotent. What both sides know of a home is in `contract/homes.ts`. */
import type { Access, TenantLimits } from "../../contract/jobs.ts";
import type { Credentials } from "../../contract/kinds/kind.ts";
import type { Tier } from "../../contract/plans.ts";
import type { FixedResponse } from "../../contract/webhook-inbox.ts";
import type { Deps } from "../deps.ts";

/** `requestId`: ties what another program logs to the request that caused it. */
export type Call = { deps: Deps; requestId: string };

export type Opening = {
  resourceId: string;
  tier: Tier;
  limits: TenantLimits;
  /** Null: it does not expire. */
  expiresAt: Date | null;
  /** Only for a home that answers requests: what it answers. */
  response?: FixedResponse | undefined;
};
/** `cold`: no ready-made tenant was available. */
export type Opened = { credentials: Credentials; cold: boolean };

export type Change = { resourceId: string; generation: number };
export type Adjustment = Change & { limits: TenantLimits; access: Access };
export type Rotation = Change & { rotation: number };

export interface Home {
  /**
   * Prepares a tenant. Nothing is created before the function it returns is called, which resolves once the credentials work.
   * @throws BridgeError, or Error when the object is out of reach
   */
  open(call: Call, opening: Opening): Promise<() => Promise<Opened>>;
  /** Removes the tenant and its data, whether or not it was opened. @throws as `open` */
  close(call: Call, change: Change): Promise<void>;
  /** New limits and access. `overtaken`: a newer change of the resource came first, so nothing was done. @throws as `open` */
  adjust(call: Call, adjustment: Adjustment): Promise<"done" | "overtaken">;
  /** The credentials of a living tenant once more; keys that expire are new. Secret. @throws as `open` */
  credentials(call: Call, resourceId: string): Promise<Credentials>;
  /**
   * Replaces what is secret of a tenant and ends the sessions opened with it. Null: a newer change of the resource came first, so nothing
   * was done. @throws as `open`, and Error for a home whose tenants have no secret
   */
  rotate(call: Call, rotation: Rotation): Promise<Credentials | null>;
  /** Whether `measure` asks the tenant; otherwise its size is what was reported last. */
  readonly measuresLive: boolean;
  /** Bytes stored now. @param reported as reported last @returns null when it is not known; it does not throw */
  measure(call: Call, resource: { token: string; reported: number | null }): Promise<number | null>;
}
