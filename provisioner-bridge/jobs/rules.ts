/** Whether a job may act on what the registry knows of its resource. Pure. */
import type { JobOf } from "../../contract/jobs.ts";
import { Refusal } from "../refusal.ts";
import { type PlacedTenant, placed, type TenantRow } from "../registry/tenants.ts";

/**
 * A create acts once per resource: on a new resource, or again on its own unfinished work.
 * @returns the existing tenant, or null for a new resource
 */
export function ruleCreate(tenant: TenantRow | null, job: JobOf<"create">): PlacedTenant | null {
  if (tenant === null) return null;
  if (tenant.state === "dropping" || tenant.state === "dropped") throw new Refusal("resource_gone");
  if (job.args.generation < tenant.generation) throw new Refusal("stale_generation");
  if (job.args.generation > tenant.generation) throw new Refusal("job_conflict");
  return placed(tenant);
}

type DropRuling = { act: "bury" } | { act: "nothing" } | { act: "drop"; tenant: PlacedTenant };

/**
 * A drop is final: a tenant that is being dropped accepts a drop of any generation.
 * @returns what is left to do
 */
export function ruleDrop(tenant: TenantRow | null, job: JobOf<"drop">): DropRuling {
  if (tenant === null) return { act: "bury" };
  if (tenant.state === "dropped") return { act: "nothing" };
  if (tenant.state !== "dropping" && job.args.generation < tenant.generation) throw new Refusal("stale_generation");
  return { act: "drop", tenant: placed(tenant) };
}

/** Only a tenant that was handed out has credentials. */
export function ruleGrant(tenant: TenantRow | null): PlacedTenant {
  if (tenant === null || tenant.state === "creating") throw new Refusal("unknown_tenant");
  if (tenant.state !== "active") throw new Refusal("resource_gone");
  return placed(tenant);
}

/** A change needs a tenant that was handed out, and a generation not older than the last change. */
export function ruleChange(tenant: TenantRow | null, job: JobOf<"rotate"> | JobOf<"limit">): PlacedTenant {
  const living = ruleGrant(tenant);
  if (job.args.generation < living.generation) throw new Refusal("stale_generation");
  if (job.kind === "rotate" && job.args.rotation < living.rotation) throw new Refusal("stale_generation");
  return living;
}
