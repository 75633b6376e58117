/** `create`, the long way: under the resource's lock, with a ready-made tenant of other limits or one that is yet to be made and proved. */
import type { JobOf, Outcome } from "../../contract/jobs.ts";
import { randomTenantName } from "../credentials/names.ts";
import type { ServerCapacity } from "../engines/engine.ts";
import { findReady, handOut } from "../pool/hand-out.ts";
import { Refusal } from "../refusal.ts";
import { chooseServer, placing, type Usage, withOneTaken } from "../registry/placement.ts";
import type { PlacedTenant } from "../registry/tenants.ts";
import { beginAgain, beginCreate, finishJob } from "../registry/transitions.ts";
import { type Granted, grantFor, type LockedJob } from "./context.ts";
import { ruleCreate } from "./rules.ts";

/** So long counts what a server has said of its room; a create may have waited for its turn since. */
const HEARD_MAX_MS = 100;

/** `proved_at`: when it was proved in the pool; null for one made for its create. */
type Place = Granted & Pick<PlacedTenant, "proved_at">;

export async function runCreate(context: LockedJob, job: JobOf<"create">): Promise<Outcome<"create">> {
  const { clock, client, engine, fault, journaled, traffic } = context;
  const { resource_id } = job.args;
  const met = ruleCreate(context.tenant, job);
  if (met !== null && met.state === "active" && context.entry?.state === "done") {
    // Its credentials have been used to connect; that its server is there now, and has room, is asked again.
    chooseServer([await engine.pulse(met.server)], [], met.limits);
    return answer(context, met);
  }

  traffic.noteCreate();
  await fault("bridge.create.before_registry", resource_id);
  const place = met ?? (await settleIn(context, job));
  if (met !== null) await beginAgain(client, journaled);
  await fault("bridge.create.after_registry", resource_id);
  const outcome = { state: "active", rotation: place.rotation, cold: isCold(context, place) };
  const finish = once(() => finishJob(client, { ...journaled, at: clock.now() }, "active", outcome));
  await makeFit(context, job, { place, isRetry: met !== null, proved: finish });
  await finish();
  await fault("bridge.create.before_answer", resource_id);
  return answer(context, place);
}

/** However often it is called, `work` is done once. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

/** A retry makes and proves whatever it meets; a fresh one from the pool lacks nothing but the limits of its tier. */
async function makeFit(
  context: LockedJob,
  job: JobOf<"create">,
  { place, isRetry, proved }: { place: Place; isRetry: boolean; proved: () => Promise<void> },
): Promise<void> {
  const { engine, fault, passwords } = context;
  const { resource_id, limits } = job.args;
  const { server, name, secret_id: secretId, rotation, access } = place;
  if (place.proved_at !== null && !isRetry) return engine.limit(server, name, limits, access);
  const tenant = { name, password: passwords.derive({ secretId, name, rotation }), limits, access };
  return engine.create(server, tenant, (point) => fault(`bridge.create.${point}`, resource_id), proved);
}

/** Finds the resource its tenant and writes it down before any engine is touched. @throws Refusal capacity */
async function settleIn(context: LockedJob, job: JobOf<"create">): Promise<Place> {
  const { client, engine } = context;
  // Asked before the lock is taken: a slow server must not make others wait for it.
  const capacities = heardOfAll(context) ?? (await engine.capacities());
  return placing(client, engine.engine, "owned", async (usage) => {
    return (await takeReady(context, job, capacities, usage)) ?? register(context, job, chooseServer(capacities, usage, job.args.limits));
  });
}

/** What every server of the engine has said a moment ago, when the hand-out found nothing; null when not all have, or not just now. */
function heardOfAll({ asked, clock, engine }: LockedJob): readonly ServerCapacity[] | null {
  if (asked === null || asked.capacities.length < engine.servers.length) return null;
  return clock.elapsedMs() - asked.atMs > HEARD_MAX_MS ? null : asked.capacities;
}

/** A ready-made tenant where there is room for what this tier may use; null when there is none. */
async function takeReady(
  { client, engine, journaled, pool }: LockedJob,
  job: JobOf<"create">,
  capacities: readonly ServerCapacity[],
  usage: Usage,
): Promise<PlacedTenant | null> {
  if (!pool.has(engine.engine)) return null;
  const { generation, limits } = job.args;
  const answering = capacities.filter(({ status }) => status !== "down").map(({ server }) => server);
  const ready = await findReady(client, engine.engine, answering);
  const open = capacities.filter(({ server }) => ready.some((one) => one.server === server));
  const server = roomIn(() =>
    chooseServer(
      open,
      withOneTaken(
        usage,
        open.map(({ server }) => server),
      ),
      limits,
    ),
  );
  const made = ready.find((one) => one.server === server)?.limits;
  if (server === null || made === undefined) return null;
  return handOut(client, journaled, { engine: engine.engine, generation, limits, made, servers: [server] });
}

function roomIn(choose: () => string): string | null {
  try {
    return choose();
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

async function register(context: LockedJob, job: JobOf<"create">, server: string): Promise<Place> {
  const { client, engine, journaled, passwords, random } = context;
  const { generation, limits } = job.args;
  const name = randomTenantName(random);
  const secretId = passwords.currentSecretId;
  await beginCreate(client, journaled, { tenantId: random.uuid(), engine: engine.engine, server, name, secretId, generation, limits });
  return { server, name, secret_id: secretId, rotation: 0, limits, access: "full", proved_at: null };
}

/** Made for this create although its engine has a pool. Where nothing is made in advance nothing was missing. */
function isCold({ engine, pool }: LockedJob, { proved_at }: Place): boolean {
  return pool.has(engine.engine) && proved_at === null;
}

async function answer(context: LockedJob, place: Place): Promise<Outcome<"create">> {
  return { ok: true, state: "active", grant: await grantFor(context, context.engine, place), cold: isCold(context, place) };
}
