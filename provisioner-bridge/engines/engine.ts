/** What every engine can do: the same six verbs, each safe to run again over its own half-done work. */
import type { TenantLimits } from "../../contract/jobs.ts";
import type { EngineName } from "../../contract/names.ts";

export type Tenant = { name: string; password: string };
/** `details`: what credentials have beside the URLs, e.g. a key prefix (contract `grantSchema`). */
export type Addresses = { connection_url: string; internal_url: string; details?: Record<string, unknown> };
/** A tenant that bears our mark, as the engine itself shows it. */
export type EngineTenant = { name: string; hasRole: boolean; hasDatabase: boolean };

/** Whether a server takes another tenant, judged by the server itself; the registry counts who lives there. */
export type ServerCapacity =
  | { server: string; status: "open"; maxTenants: number; connectionBudget: number; freeConnections: number }
  | { server: string; status: "full"; freeConnections: number }
  | { server: string; status: "down"; cause: unknown };

/** Called between the steps of a verb; a test makes it throw. */
export type Step<Name extends string> = (name: Name) => Promise<void>;
export type CreateStep = Step<"after_role" | "after_database" | "after_grants" | "after_ready">;
export type DropStep = Step<"after_database" | "after_role">;

/** All methods throw a Refusal when the engine does not answer or is full; every wait is bounded. */
export interface Engine {
  readonly engine: EngineName;
  readonly servers: readonly string[];
  /** Makes a server fit for tenants; done once, again after a failure, and by every pass of the reconciler. */
  prepare(server: string): Promise<void>;
  capacities(): Promise<ServerCapacity[]>;
  /** Where a tenant connects, with its credentials. Secret. */
  addresses(server: string, tenant: Tenant): Addresses;
  /** Makes the tenant and connects as it before it returns. */
  create(server: string, tenant: Tenant & { limits: TenantLimits }, step: CreateStep): Promise<void>;
  /** Ends the tenant's sessions and removes all that is its. */
  drop(server: string, name: string, step: DropStep): Promise<void>;
  /** Sets another password, ends every session opened with the old one, and connects with the new one. */
  rotate(server: string, tenant: Tenant): Promise<void>;
  limit(server: string, name: string, limits: TenantLimits): Promise<void>;
  /** Bytes above an empty tenant's own; names the engine does not have are left out. */
  measure(server: string, names: readonly string[]): Promise<Map<string, number>>;
  list(server: string): Promise<EngineTenant[]>;
  /** Resolves when the server answers and is prepared. */
  ping(server: string): Promise<void>;
  close(): Promise<void>;
}
