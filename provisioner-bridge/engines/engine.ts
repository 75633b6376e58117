/** What every engine can do: the same six verbs, each safe to run again over its own half-done work. */

import type { EngineName } from "../../contract/engines.ts";
import type { Access, TenantLimits } from "../../contract/jobs.ts";

export type Tenant = { name: string; password: string };
/** `details`: what credentials have beside the URLs, e.g. a key prefix (contract `grantSchema`). */
export type Addresses = { connection_url: string; internal_url: string; details?: Record<string, unknown> };
/** A tenant that bears our mark, as the engine itself shows it. `isWhole`: nothing of it is missing, whatever access it has. */
export type EngineTenant = { name: string; isWhole: boolean };

/** Whether a server takes another tenant, judged by the server itself; the registry counts who lives there. */
export type ServerCapacity =
  | {
      server: string;
      status: "open";
      maxTenants: number;
      /** How many connections, and how many MiB, may be promised in all; infinite where the engine reserves nothing. */
      connectionBudget: number;
      storageBudgetMb: number;
      freeConnections: number;
    }
  | { server: string; status: "full"; freeConnections: number }
  | { server: string; status: "down"; cause: unknown };

/** Called between the steps of a verb; a test makes it throw. Which steps there are: `steps.ts`. */
export type Step = (name: string) => Promise<void>;

/** All methods throw a Refusal when the engine does not answer or is full; every wait is bounded. */
export interface Engine {
  readonly engine: EngineName;
  readonly servers: readonly string[];
  /** A server that restarts has forgotten its tenants: the reconciler makes them again, data and password as they were. */
  readonly isForgetful: boolean;
  /** Makes a server fit for tenants; done once, again after a failure, and by every pass of the reconciler. */
  prepare(server: string): Promise<void>;
  capacities(): Promise<ServerCapacity[]>;
  /** The same of one server: the sign of life a hand-out waits for. Costs a round trip. Never rejects. */
  pulse(server: string): Promise<ServerCapacity>;
  /** Where a tenant connects, with its credentials; what expires is minted here. Secret. */
  grant(server: string, tenant: Tenant & { limits: TenantLimits; access: Access }): Promise<Addresses>;
  /**
   * Makes the tenant and connects as it before it returns. `access` is not "full" when a forgetful server gets a tenant back.
   * @param proved an engine that still has to tidy up once it has connected may call this meanwhile, once, and then waits for it, too
   */
  create(
    server: string,
    tenant: Tenant & { limits: TenantLimits; access: Access },
    step: Step,
    proved?: () => Promise<void>,
  ): Promise<void>;
  /** Ends the tenant's sessions and removes all that is its. */
  drop(server: string, name: string, step: Step): Promise<void>;
  /** Sets another password, ends every session opened with the old one, and connects with the new one unless access is `none`. */
  rotate(server: string, tenant: Tenant & { limits: TenantLimits; access: Access }): Promise<void>;
  /** Sets what the tenant may use and do; live sessions feel it as far as the engine can make them. */
  limit(server: string, name: string, limits: TenantLimits, access: Access): Promise<void>;
  /** Bytes above an empty tenant's own; names the engine does not have, or cannot measure, are left out. One look may serve several calls. */
  measure(server: string, names: readonly string[]): Promise<Map<string, number>>;
  list(server: string): Promise<EngineTenant[]>;
  /** Connects as the tenant and uses it; an engine whose tenants are made in advance has it. */
  prove?(server: string, tenant: Tenant): Promise<void>;
  /** Whether what `prove` threw means that this tenant's credentials open nothing any more; anything else may pass. Goes with `prove`. */
  refuses?(error: unknown): boolean;
  /** Resolves when the server answers and is prepared. */
  ping(server: string): Promise<void>;
  close(): Promise<void>;
}
