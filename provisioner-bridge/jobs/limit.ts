/** `limit`: what the engine enforces for a tenant, and what it lets it do, changes. An upgrade is never refused for lack of capacity: running apps go on. */
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
