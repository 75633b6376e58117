/**
 * What every engine does. Seven verbs act on one tenant or list the tenants of a server; each is safe to run again over its own
 * half-done work. Five more methods concern the servers themselves. `pooling` is optional.
 */

import type { EngineName } from "../../contract/engines.ts";
import type { Access, TenantLimits } from "../../contract/jobs.ts";
import type { Point } from "../steps.ts";

export type Tenant = { name: string; password: string };
/** A tenant with what it may use and do. */
export type LimitedTenant = Tenant & { limits: TenantLimits; access: Access };
/** `details`: what credentials have beside the URLs, e.g. a key prefix (contract `grantSchema`). */
export type Addresses = { connection_url: string; internal_url: string; details?: Record<string, unknown> };
/** A tenant that bears our mark, as the server itself shows it. `isWhole`: no part of it is missing, at any access level. */
export type EngineTenant = { name: string; isWhole: boolean };

/** Whether a server takes another tenant, judged by the server itself; the registry counts the tenants it has. */
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

/** The servers of an engine. */
export interface EngineServers {
  readonly servers: readonly string[];
  /** Makes a server fit for tenants: once, again after a failure, and in every pass of the reconciler. */
  prepare(server: string): Promise<void>;
  /** Asks every server. Never rejects. */
  capacities(): Promise<ServerCapacity[]>;
  /** Asks one server over a connection that other work does not hold up. A hand-out waits for it; it costs a round trip. Never rejects. */
  checkHealth(server: string): Promise<ServerCapacity>;
  close(): Promise<void>;
}

/** All methods throw a Refusal when the engine does not answer or is full; every wait is bounded. */
export interface Engine extends EngineServers {
  readonly engine: EngineName;
  /** A server that restarts has lost its tenants: the reconciler makes them again, with the same data and passwords. */
  readonly isForgetful: boolean;
  /** Where a tenant connects, with its credentials; keys that expire are minted here. Secret. */
  grant(server: string, tenant: LimitedTenant): Promise<Addresses>;
  /**
   * Makes the tenant and connects as it before it returns. `access` is not "full" only when a forgetful server gets a tenant back.
   * @param point called after each step of the engine's table (`EngineEntry.points`)
   * @param proved an engine that still has to clean up after it has connected may call this meanwhile, once, and then also waits for it
   */
  create(server: string, tenant: LimitedTenant, point: Point, proved?: () => Promise<void>): Promise<void>;
  /** Ends the tenant's sessions and removes everything it has. */
  drop(server: string, name: string, point: Point): Promise<void>;
  /** Sets another password, ends every session opened with the old one, and connects with the new one unless access is `none`. */
  rotate(server: string, tenant: LimitedTenant): Promise<void>;
  /** Sets what the tenant may use and do; live sessions are affected as far as the engine allows. */
  limit(server: string, name: string, limits: TenantLimits, access: Access): Promise<void>;
  /** Bytes above those of an empty tenant. Tenants the engine does not have, or cannot measure, are left out. One read may serve several calls. */
  measure(server: string, names: readonly string[]): Promise<Map<string, number>>;
  /** Every tenant on the server that bears our mark. */
  list(server: string): Promise<EngineTenant[]>;
  /** Engines whose tenants may be made in advance have it. */
  readonly pooling?: Pooling;
}

/** How a tenant that was made in advance is tried again before it is handed out. */
export interface Pooling {
  /** Connects as the tenant and uses it. */
  prove(server: string, tenant: Tenant): Promise<void>;
  /** Whether what `prove` threw means that the tenant's credentials no longer work; any other failure may be temporary. */
  isRefused(error: unknown): boolean;
}
