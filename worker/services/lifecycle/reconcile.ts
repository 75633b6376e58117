/**
 * Finds tenants of the bridge without a platform row. They remain when a Durable Object and its intent are lost together.
 * The bridge's own reconciler reports the reverse case, rows without a tenant (docs/orphans.md).
 */

import { ENGINE_NAMES, type EngineName } from "../../../contract/engines.ts";
import { LIST_MAX_ROWS, type Outcome } from "../../../contract/jobs.ts";
import { kindOn } from "../../../contract/kinds.ts";
import type { Deps } from "../../deps.ts";
import { abandonUnknown, findUnknown } from "../../platform-db/resources.ts";
import { BridgeError } from "../../ports/bridge.ts";

/** Tenants younger than this are skipped. After this time, every create has ended and its intent is closed. */
const YOUNG_SECONDS = 15 * 60;
const PAGES_PER_RUN = 40;
/** A larger share of unknown tenants suggests that the platform database lost rows. They are then reported and not dropped. */
const UNKNOWN_MAX_SHARE = 0.05;
const UNKNOWN_ALWAYS_ALLOWED = 5;

/** @returns how many drops of tenants without a row were enqueued */
export async function dropUnknownTenants(deps: Deps): Promise<number> {
  let dropped = 0;
  for (const engine of ENGINE_NAMES) {
    const kind = kindOn(engine);
    const { total, unknown } = await findUnknownTenants(deps, engine);
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

type Unknown = { id: string; generation: number };

async function findUnknownTenants(deps: Deps, engine: EngineName): Promise<{ total: number; unknown: Unknown[] }> {
  const unknown: Unknown[] = [];
  let total = 0;
  let after: string | null = null;
  for (let page = 0; page < PAGES_PER_RUN; page += 1) {
    const { tenants, next }: Outcome<"list"> = await listPage(deps, engine, after);
    const generationOf = new Map(tenants.map((tenant) => [tenant.resource_id, tenant.generation]));
    total += tenants.length;
    const ids = await findUnknown(deps.database, [...generationOf.keys()]);
    unknown.push(...ids.map((id) => ({ id, generation: generationOf.get(id) ?? 1 })));
    after = next;
    if (after === null) break;
  }
  return { total, unknown };
}

async function listPage(deps: Deps, engine: EngineName, after: string | null): Promise<Outcome<"list">> {
  const jobId = deps.ids.uuid();
  const args = { engine, older_than_seconds: YOUNG_SECONDS, after, limit: LIST_MAX_ROWS };
  try {
    return await deps.bridge.run<"list">({ kind: "list", args }, jobId, jobId);
  } catch (error) {
    // A bridge without a server for an engine has no tenants of that engine.
    if (error instanceof BridgeError && error.code === "unknown_engine") return { ok: true, tenants: [], next: null };
    throw error;
  }
}
