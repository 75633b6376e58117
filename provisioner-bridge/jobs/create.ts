/** `create`: registers a tenant, makes it, proves it. */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { randomTenantName } from "../credentials/names.ts";
import { transaction } from "../registry/database.ts";
import { chooseServer, PLACEMENT_LOCK, readUsage } from "../registry/placement.ts";
import { beginAgain, beginCreate, finishJob } from "../registry/transitions.ts";
import { type Granted, grantFor, type LockedJob } from "./context.ts";
import { ruleCreate } from "./rules.ts";

export async function runCreate(context: LockedJob, job: JobOf<"create">): Promise<Outcome<"create">> {
  const { clock, client, engine, fault, journaled, passwords } = context;
  const { resource_id, limits } = job.args;
  const met = ruleCreate(context.tenant, job);
  if (met !== null && met.state === "active" && context.entry?.state === "done") return answer(context, met);

  await fault("bridge.create.before_registry", resource_id);
  const place = met ?? (await register(context, job));
  if (met !== null) await beginAgain(client, journaled);
  await fault("bridge.create.after_registry", resource_id);

  const password = passwords.derive({ secretId: place.secret_id, name: place.name, rotation: place.rotation });
  const tenant = { name: place.name, password, limits, access: place.access };
  await engine.create(place.server, tenant, (point) => fault(`bridge.create.${point}`, resource_id));
  await finishJob(client, { ...journaled, at: clock.now() }, "active", { state: "active", rotation: place.rotation, cold: true });
  await fault("bridge.create.before_answer", resource_id);
  return answer(context, place);
}

/** Picks server and name and writes them down before any engine is touched. @throws Refusal capacity */
async function register(context: LockedJob, job: JobOf<"create">): Promise<Granted> {
  const { client, engine, journaled, passwords, random } = context;
  const { generation, limits } = job.args;
  // Asked before the lock is taken: a slow server must not make others wait for it.
  const capacities = await engine.capacities();
  return transaction(client, PLACEMENT_LOCK, async () => {
    const server = chooseServer(capacities, await readUsage(client, engine.engine), limits);
    const name = randomTenantName(random);
    const secretId = passwords.currentSecretId;
    await beginCreate(client, journaled, { tenantId: random.uuid(), engine: engine.engine, server, name, secretId, generation, limits });
    return { server, name, secret_id: secretId, rotation: 0, limits, access: "full" };
  });
}

/** Ready-made tenants will be the ones that are not cold. */
async function answer(context: LockedJob, place: Granted): Promise<Outcome<"create">> {
  return { ok: true, state: "active", grant: await grantFor(context, context.engine, place), cold: true };
}
