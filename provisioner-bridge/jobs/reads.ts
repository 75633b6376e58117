/** `list` and `grant`: they change nothing in the registry, so they need no journal. */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { withRegistry } from "../registry/database.ts";
import { withResourceLock } from "../registry/lock.ts";
import { listTenants, readTenant } from "../registry/tenants.ts";
import { engineOf, grantFor, type JobDeps } from "./context.ts";
import { ruleGrant } from "./rules.ts";

const SECOND_MS = 1_000;

/** The registry's active tenants: the platform finds those it has no row for. */
export async function runList(deps: JobDeps, job: JobOf<"list">): Promise<Outcome<"list">> {
  const { after, limit, older_than_seconds } = job.args;
  const engine = engineOf(deps, job.args.engine).engine;
  const createdBefore = new Date(deps.clock.now().getTime() - older_than_seconds * SECOND_MS);
  const tenants = await withRegistry(deps.registry, (client) => listTenants(client, { engine, createdBefore, after, limit }));
  return { ok: true, tenants, next: tenants.length === limit ? (tenants.at(-1)?.resource_id ?? null) : null };
}

/** The credentials of an active tenant again. Under its lock: minting uses the engine and must not run during a drop. */
export async function runGrant(deps: JobDeps, job: JobOf<"grant">): Promise<Outcome<"grant">> {
  const engine = engineOf(deps, job.args.engine);
  return withResourceLock(deps.registry, job.args.resource_id, async (client) => {
    const tenant = ruleGrant(await readTenant(client, job.args.resource_id));
    return { ok: true, state: "active", grant: await grantFor(deps, engine, tenant) };
  });
}
