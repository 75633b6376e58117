/**
 * The create that needs no lock and touches no engine: one statement hands a ready-made tenant out and journals the job as done,
 * and the tenant's server gives a sign of life. Whatever is not that plain goes the long way (`create.ts`).
 */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { handOutAlone } from "../pool/hand-out.ts";
import { withRegistry } from "../registry/database.ts";
import type { JournaledJob } from "../registry/transitions.ts";
import { type Asked, engineOf, grantFor, type JobDeps } from "./context.ts";

/** `done` is null when the create has to go the long way: no tenant with these limits is ready, or the resource is not new. */
export type HandedOut = { done: Outcome<"create"> | null; asked: Asked };

export async function runHandOut(deps: JobDeps, journaled: JournaledJob, job: JobOf<"create">): Promise<HandedOut> {
  const { clock, fault, pool, registry, traffic } = deps;
  const { engine: name, generation, limits, resource_id } = job.args;
  const engine = engineOf(deps, name);
  // Asked first: a tenant of a server that is away would be used up for nothing.
  const asked = { capacities: await pool.answering(name), atMs: clock.elapsedMs() };
  if (asked.capacities.length === 0) return { done: null, asked };
  await fault("bridge.create.before_registry", resource_id);
  const wanted = { engine: name, generation, limits, made: limits, servers: asked.capacities.map(({ server }) => server) };
  const tenant = await withRegistry(registry, (client) => handOutAlone(client, journaled, wanted));
  pool.taken(name);
  if (tenant === null) return { done: null, asked };
  traffic.noteCreate();
  await fault("bridge.create.after_registry", resource_id);
  const grant = await grantFor(deps, engine, tenant);
  await fault("bridge.create.before_answer", resource_id);
  return { done: { ok: true, state: "active", grant, cold: false }, asked };
}
