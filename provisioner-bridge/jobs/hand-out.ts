/**
 * The create that needs no lock and touches no engine: one statement hands a ready-made tenant out and journals the job as done,
 * and beside it the tenant's server gives a sign of life. Whatever is not that plain goes the long way (`create.ts`).
 */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { handOutAlone } from "../pool/hand-out.ts";
import { withRegistry } from "../registry/database.ts";
import { chooseServer } from "../registry/placement.ts";
import type { JournaledJob } from "../registry/transitions.ts";
import { type Asked, engineOf, grantFor, type JobDeps } from "./context.ts";

/** `done` is null when the create has to go the long way: no tenant with these limits is ready, or the resource is not new. */
export type HandedOut = { done: Outcome<"create"> | null; asked: Asked };

/** @throws Refusal capacity or engine_unavailable when the only server of the engine says no after a tenant of it was handed out */
export async function runHandOut(deps: JobDeps, journaled: JournaledJob, job: JobOf<"create">): Promise<HandedOut> {
  const { clock, fault, pool, registry, traffic } = deps;
  const { engine: name, generation, limits, resource_id } = job.args;
  const engine = engineOf(deps, name);
  const sole = pool.sole(name);
  const answers = pool.answering(name).then((capacities) => ({ capacities, atMs: clock.elapsedMs() }));
  // Where there is a choice it waits for the answers: a tenant of a server that is away would be used up for nothing.
  const servers = sole === null ? (await answers).capacities.map(({ server }) => server) : [sole];
  if (servers.length === 0) return { done: null, asked: await answers };
  await fault("bridge.create.before_registry", resource_id);
  const wanted = { engine: name, generation, limits, made: limits, servers };
  const [asked, tenant] = await Promise.all([answers, withRegistry(registry, (client) => handOutAlone(client, journaled, wanted))]);
  pool.taken(name);
  if (tenant === null) return { done: null, asked };
  traffic.noteCreate();
  await fault("bridge.create.after_registry", resource_id);
  // No sign of life, or no room any more: refused for what it is. The tenant stays this resource's (docs/orphans.md).
  if (!asked.capacities.some(({ server }) => server === tenant.server)) chooseServer(pool.latest(name), [], limits);
  const grant = await grantFor(deps, engine, tenant);
  await fault("bridge.create.before_answer", resource_id);
  return { done: { ok: true, state: "active", grant, cold: false }, asked };
}
