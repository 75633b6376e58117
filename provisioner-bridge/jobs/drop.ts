/** `drop`: removes the tenant for good. */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { yieldToCreates } from "../burst.ts";
import { beginDrop, buryUnborn, finishJob } from "../registry/transitions.ts";
import type { LockedJob } from "./change.ts";
import { ruleDrop } from "./rules.ts";

const GONE: Outcome<"drop"> = { ok: true, state: "gone" };

export async function runDrop(context: LockedJob, job: JobOf<"drop">): Promise<Outcome<"drop">> {
  const { clock, client, engine, fault, journaled, bursts, random } = context;
  const { resource_id, generation } = job.args;
  const next = ruleDrop(context.tenant, job);
  if (next.act === "nothing") return GONE;

  await yieldToCreates({ clock, isBurst: bursts.isBurst });
  await fault("bridge.drop.before_registry", resource_id);
  if (next.act === "bury") {
    await buryUnborn(client, journaled, { tenantId: random.uuid(), engine: engine.engine, generation });
    await fault("bridge.drop.after_registry", resource_id);
  } else {
    await beginDrop(client, journaled, generation);
    await fault("bridge.drop.after_registry", resource_id);
    await engine.drop(next.tenant.server, next.tenant.name, (point) => fault(`bridge.drop.${point}`, resource_id));
  }
  await finishJob(client, { ...journaled, at: clock.now() }, "dropped", { state: "gone" });
  await fault("bridge.drop.before_answer", resource_id);
  return GONE;
}
