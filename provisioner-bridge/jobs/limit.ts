/** `limit`: changes what a tenant may use and do. An upgrade is not refused by placement, so running apps are unaffected. */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { beginLimit, finishJob } from "../registry/transitions.ts";
import type { LockedJob } from "./change.ts";
import { ruleChange } from "./rules.ts";

const DONE: Outcome<"limit"> = { ok: true, state: "active" };

export async function runLimit(context: LockedJob, job: JobOf<"limit">): Promise<Outcome<"limit">> {
  const { clock, client, engine, entry, journaled } = context;
  const { generation, limits, access } = job.args;
  const tenant = ruleChange(context.tenant, job);
  if (entry?.state === "done") return DONE;
  await beginLimit(client, journaled, { generation, limits, access });
  await engine.limit(tenant.server, tenant.name, limits, access);
  await finishJob(client, { ...journaled, at: clock.now() }, "active", { state: "active" });
  return DONE;
}
