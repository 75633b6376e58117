/** `rotate`: the tenant's password changes; the next one comes from the bridge's current secret. */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { beginAgain, beginRotate, finishJob } from "../registry/transitions.ts";
import type { LockedJob } from "./change.ts";
import { grantFor } from "./context.ts";
import { ruleChange } from "./rules.ts";

export async function runRotate(context: LockedJob, job: JobOf<"rotate">): Promise<Outcome<"rotate">> {
  const { clock, client, engine, journaled, passwords } = context;
  const { generation, rotation } = job.args;
  const tenant = ruleChange(context.tenant, job);
  const again = tenant.rotation === rotation && tenant.generation === generation;
  // A retry keeps the secret its first try wrote down: the password must come out the same.
  const secretId = again ? tenant.secret_id : passwords.currentSecretId;
  const next = { ...tenant, secret_id: secretId, rotation };
  if (!again || context.entry?.state !== "done") {
    if (again) await beginAgain(client, journaled);
    else await beginRotate(client, journaled, { generation, rotation, secretId });
    const { name, server, limits, access } = next;
    await engine.rotate(server, { name, password: passwords.derive({ secretId, name, rotation }), limits, access });
    await finishJob(client, { ...journaled, at: clock.now() }, "active", { state: "active", rotation });
  }
  return { ok: true, state: "active", grant: await grantFor(context, engine, next) };
}
