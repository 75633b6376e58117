/** `create`: hands a ready-made tenant out, or registers one, makes it and proves it. */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { randomTenantName } from "../credentials/names.ts";
import { handOut } from "../pool/rows.ts";
import { transaction } from "../registry/database.ts";
import { chooseServer, PLACEMENT_LOCK, readUsage } from "../registry/placement.ts";
import type { PlacedTenant } from "../registry/tenants.ts";
import { beginAgain, beginCreate, finishJob } from "../registry/transitions.ts";
import { type Granted, grantFor, type LockedJob } from "./context.ts";
import { ruleCreate } from "./rules.ts";

export async function runCreate(context: LockedJob, job: JobOf<"create">): Promise<Outcome<"create">> {
  const { clock, client, engine, fault, journaled, passwords, traffic } = context;
  const { resource_id, limits } = job.args;
  const met = ruleCreate(context.tenant, job);
  if (met !== null && met.state === "active" && context.entry?.state === "done") {
    // Its credentials have been used to connect; that its server is there now is asked again.
    await engine.ping(met.server);
    return answer(context, met, context.entry.outcome?.cold ?? true);
  }

  traffic.noteCreate();
  await fault("bridge.create.before_registry", resource_id);
  const ready = met === null ? await takeReady(context, job) : null;
  if (ready !== null) return finishReady(context, job, ready);
  const place = met ?? (await register(context, job));
  if (met !== null) await beginAgain(client, journaled);
  await fault("bridge.create.after_registry", resource_id);

  const password = passwords.derive({ secretId: place.secret_id, name: place.name, rotation: place.rotation });
  const tenant = { name: place.name, password, limits, access: place.access };
  await engine.create(place.server, tenant, (point) => fault(`bridge.create.${point}`, resource_id));
  await finishJob(client, { ...journaled, at: clock.now() }, "active", { state: "active", rotation: place.rotation, cold: true });
  await fault("bridge.create.before_answer", resource_id);
  return answer(context, place, true);
}

/** A ready-made tenant, now this resource's; null when there is none. */
async function takeReady({ client, journaled, engine, pool }: LockedJob, job: JobOf<"create">): Promise<PlacedTenant | null> {
  if (!pool.has(engine.engine)) return null;
  const { generation, limits } = job.args;
  const taken = await handOut(client, journaled, { engine: engine.engine, generation, limits });
  pool.taken(engine.engine);
  return taken;
}

/** It was proved when it was made: what is left is another tier's limits, and a sign of life of its server. */
async function finishReady(context: LockedJob, job: JobOf<"create">, ready: PlacedTenant): Promise<Outcome<"create">> {
  const { clock, client, engine, fault, journaled } = context;
  const { resource_id, limits } = job.args;
  await fault("bridge.create.after_registry", resource_id);
  if (ready.state === "creating") {
    await engine.limit(ready.server, ready.name, limits, "full");
    await finishJob(client, { ...journaled, at: clock.now() }, "active", { state: "active", rotation: ready.rotation, cold: false });
  }
  await engine.ping(ready.server);
  await fault("bridge.create.before_answer", resource_id);
  return answer(context, ready, false);
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

/** `cold`: made for this create, not in advance. */
async function answer(context: LockedJob, place: Granted, cold: boolean): Promise<Outcome<"create">> {
  return { ok: true, state: "active", grant: await grantFor(context, context.engine, place), cold };
}
