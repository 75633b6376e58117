/**
 * `create`. First a hand-out: one statement gives the resource a ready-made tenant and journals the job as done, without a lock, beside
 * a health check of the server. Where that finds none, the job goes on under the resource's lock: it finds a place (place.ts), and
 * the engine makes and proves the tenant.
 */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { chooseServer } from "../placement/choose-server.ts";
import { handOut } from "../pool/hand-out.ts";
import type { EnginePool } from "../pool/pool.ts";
import { withRegistry } from "../registry/database.ts";
import { beginAgain, finishJob } from "../registry/transitions.ts";
import type { Change, LockedJob } from "./change.ts";
import { grantFor } from "./context.ts";
import type { Gate } from "./gate.ts";
import { type CheckedServers, findPlace, type Place } from "./place.ts";
import { ruleCreate } from "./rules.ts";

type CreateJob = JobOf<"create">;

export async function runCreate(change: Change, job: CreateJob, gates: { handOuts: Gate; changes: Gate }): Promise<Outcome<"create">> {
  const pool = change.pools.of(job.args.engine);
  const handedOut = pool && (await gates.handOuts(() => handOutReady(change, job, pool)));
  if (handedOut?.outcome) return handedOut.outcome;
  return change.underLock(gates.changes, (context) => createUnderLock(context, job, handedOut?.checked ?? null));
}

/** `outcome` is null when no tenant with these limits is ready, or the resource is not new. */
type HandedOut = { outcome: Outcome<"create"> | null; checked: CheckedServers };

/** @throws Refusal capacity or engine_unavailable when the engine's only server says so after its tenant was handed out */
async function handOutReady(change: Change, job: CreateJob, pool: EnginePool): Promise<HandedOut> {
  const { bursts, clock, engine, fault, registry } = change;
  const { generation, limits, resource_id } = job.args;
  const journaled = change.journaled();
  const only = pool.health.onlyServer();
  const checking = pool.health.openServers().then((capacities) => ({ capacities, atMs: clock.elapsedMs() }));
  // With several servers it waits for their answers: a tenant of a server that is down would be used up in vain.
  const servers = only === null ? (await checking).capacities.map(({ server }) => server) : [only];
  if (servers.length === 0) return { outcome: null, checked: await checking };

  await fault("bridge.create.before_registry", resource_id);
  const wanted = { engine: engine.engine, generation, limits, madeWith: limits, servers };
  const [checked, tenant] = await Promise.all([
    checking,
    withRegistry(registry, (client) => handOut(client, journaled, wanted, "takes the lock")),
  ]);
  pool.refill();
  if (tenant === null) return { outcome: null, checked };
  bursts.noteCreate();
  await fault("bridge.create.after_registry", resource_id);
  // The health check failed, or there is no room any more: the refusal says which. The tenant stays this resource's (docs/orphans.md).
  if (!checked.capacities.some(({ server }) => server === tenant.server)) chooseServer(pool.health.latest(), [], limits);
  const grant = await grantFor(change, engine, tenant);
  await fault("bridge.create.before_answer", resource_id);
  return { outcome: { ok: true, state: "active", grant, cold: false }, checked };
}

async function createUnderLock(context: LockedJob, job: CreateJob, checked: CheckedServers | null): Promise<Outcome<"create">> {
  const { bursts, clock, client, engine, fault, journaled } = context;
  const { resource_id } = job.args;
  const existing = ruleCreate(context.tenant, job);
  if (existing?.state === "active" && context.entry?.state === "done") {
    // A retry of a create that is done. Its credentials have been used to connect; its server is asked again whether it has room.
    chooseServer([await engine.checkHealth(existing.server)], [], existing.limits);
    return answer(context, existing);
  }

  bursts.noteCreate();
  await fault("bridge.create.before_registry", resource_id);
  const place = existing ?? (await findPlace(context, job, checked));
  if (existing !== null) await beginAgain(client, journaled);
  await fault("bridge.create.after_registry", resource_id);
  const outcome = { state: "active", rotation: place.rotation, cold: isCold(context, place) };
  const finish = once(() => finishJob(client, { ...journaled, at: clock.now() }, "active", outcome));
  await makeTenant(context, job, { place, isRetry: existing !== null, proved: finish });
  await finish();
  await fault("bridge.create.before_answer", resource_id);
  return answer(context, place);
}

/** A new tenant from the pool lacks only the limits of its tier. Any other is made and proved, also over a create that was cut off. */
async function makeTenant(
  context: LockedJob,
  job: CreateJob,
  { place, isRetry, proved }: { place: Place; isRetry: boolean; proved: () => Promise<void> },
): Promise<void> {
  const { engine, fault, passwords } = context;
  const { resource_id, limits } = job.args;
  const { server, name, secret_id: secretId, rotation, access } = place;
  if (place.proved_at !== null && !isRetry) return engine.limit(server, name, limits, access);
  const tenant = { name, password: passwords.derive({ secretId, name, rotation }), limits, access };
  return engine.create(server, tenant, (point) => fault(`bridge.create.${point}`, resource_id), proved);
}

/** However often it is called, `work` is done once. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

/** The engine has a pool, and the tenant was made for this create. */
function isCold({ engine, pools }: LockedJob, { proved_at }: Place): boolean {
  return pools.of(engine.engine) !== null && proved_at === null;
}

async function answer(context: LockedJob, place: Place): Promise<Outcome<"create">> {
  return { ok: true, state: "active", grant: await grantFor(context, context.engine, place), cold: isCold(context, place) };
}
