/**
 * The create that needs no lock and touches no engine: one statement hands a ready-made tenant out and journals the job as done,
 * and the tenant's server gives a sign of life. Whatever is not that plain goes the long way (`create.ts`).
 */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { handOutAlone } from "../pool/hand-out.ts";
import { withRegistry } from "../registry/database.ts";
import type { JournaledJob } from "../registry/transitions.ts";
import { engineOf, grantFor, type JobDeps } from "./context.ts";

/** @returns null when the create has to go the long way: no tenant with these limits is ready, or the resource is not new */
export async function runHandOut(deps: JobDeps, journaled: JournaledJob, job: JobOf<"create">): Promise<Outcome<"create"> | null> {
  const { fault, pool, registry, traffic } = deps;
  const { engine: name, generation, limits, resource_id } = job.args;
  if (!pool.has(name)) return null;
  const engine = engineOf(deps, name);
  // Asked first: a tenant of a server that is away would be used up for nothing.
  const servers = await pool.answering(name);
  if (servers.length === 0) return null;
  await fault("bridge.create.before_registry", resource_id);
  const wanted = { engine: name, generation, limits, made: limits, servers };
  const tenant = await withRegistry(registry, (client) => handOutAlone(client, journaled, wanted));
  pool.taken(name);
  if (tenant === null) return null;
  traffic.noteCreate();
  await fault("bridge.create.after_registry", resource_id);
  const grant = await grantFor(deps, engine, tenant);
  await fault("bridge.create.before_answer", resource_id);
  return { ok: true, state: "active", grant, cold: false };
}
