/**
 * Finds tenants the bridge has and the platform has no row for: what is left when an object and its intent were lost together.
 * The other direction, rows without a tenant, is reported by the bridge's own reconciler (docs/orphans.md).
 */
import { LIST_MAX_ROWS } from "../../../contract/jobs.ts";
import { ENGINE_OF_KIND, RESOURCE_KINDS, type ResourceKind } from "../../../contract/names.ts";
import type { Deps } from "../../deps.ts";
import { abandonUnknown, findUnknown } from "../../platform-db/resources.ts";

/** Older than any create can still be: its intent is long settled. */
const YOUNG_SECONDS = 15 * 60;
const PAGES_PER_RUN = 40;
/** More unknown tenants than this look like a platform database that lost rows: then nothing is dropped, it is reported. */
const UNKNOWN_MAX_SHARE = 0.05;
const UNKNOWN_ALWAYS_ALLOWED = 5;

/** @returns how many tenants without a row were given to the outbox */
export async function dropUnknownTenants(deps: Deps): Promise<number> {
  let dropped = 0;
  for (const kind of RESOURCE_KINDS) {
    const { total, unknown } = await findUnknownTenants(deps, kind);
    if (unknown.length > Math.max(UNKNOWN_ALWAYS_ALLOWED, total * UNKNOWN_MAX_SHARE)) {
      deps.log.error("reconcile.stopped", { kind, count: unknown.length });
      continue;
    }
    if (unknown.length === 0) continue;
    const jobs = await abandonUnknown(deps.database, kind, unknown, new Date(deps.clock.now()));
    await deps.outbox.enqueue(jobs);
    dropped += jobs.length;
  }
  return dropped;
}

async function findUnknownTenants(deps: Deps, kind: ResourceKind): Promise<{ total: number; unknown: string[] }> {
  const unknown: string[] = [];
  let total = 0;
  let after: string | null = null;
  for (let page = 0; page < PAGES_PER_RUN; page += 1) {
    const jobId = deps.ids.uuid();
    const args = { engine: ENGINE_OF_KIND[kind], older_than_seconds: YOUNG_SECONDS, after, limit: LIST_MAX_ROWS };
    const listed: { tenants: Array<{ resource_id: string }>; next: string | null } = await deps.bridge.run<"list">(
      { kind: "list", args },
      jobId,
      jobId,
    );
    total += listed.tenants.length;
    unknown.push(
      ...(await findUnknown(
        deps.database,
        listed.tenants.map((tenant) => tenant.resource_id),
      )),
    );
    after = listed.next;
    if (after === null) break;
  }
  return { total, unknown };
}
