/** Runs one try: brings a create or a drop to its point, kills the victim there, and follows what becomes of it. */
import { setTimeout as delay } from "node:timers/promises";
import { type Caller, create, type Ending } from "./client.ts";
import type { Campaign } from "./context.ts";
import type { Armed, Visit } from "./hook.ts";
import type { AbandonTry, CreateTry, DropTry, PoolTry, Try } from "./plan.ts";
import { type FaultPoint, pooledEngine, type Victim } from "./points.ts";

/** A create passes all its points within a second; a drop waits for its turn in the outbox. */
const REACHED_TIMEOUT_MS = 30_000;
/** A pool looks for what was left unfinished twice a minute. */
const POOL_TIMEOUT_MS = 60_000;
const ADMITTED_TIMEOUT_MS = 5_000;
const GONE_TIMEOUT_MS = 150_000;
const POLL_MS = 200;

export type TryResult = { try: Try; reached: boolean; outcome: string; tookMs: number };

/**
 * The part of a try that others must wait for: from arming until the shot fell.
 * @returns the rest of it, which goes on beside later tries
 */
export async function beginTry(campaign: Campaign, one: Try): Promise<{ rest: Promise<TryResult> }> {
  await campaign.stack.healthy();
  const bystander = one.bystander === null ? null : await beginBystander(campaign, one.number, one.bystander);
  const { rest } = await begin(campaign, one);
  return { rest: Promise.all([rest, bystander?.rest]).then(([result]) => result) };
}

function begin(campaign: Campaign, one: Try): Promise<{ rest: Promise<TryResult> }> {
  switch (one.what) {
    case "create":
      return beginCreate(campaign, one);
    case "abandon":
      return beginAbandon(campaign, one);
    case "drop":
      return beginDrop(campaign, one);
    case "fill":
    case "discard":
      return beginPool(campaign, one);
  }
}

async function beginCreate(campaign: Campaign, one: CreateTry): Promise<{ rest: Promise<TryResult> }> {
  const armed = arm(campaign, one, one.point, one.victim, isNew(campaign));
  const ending = follow(campaign, one.number, campaign.newCaller(one.kind, one.manner));
  await Promise.race([armed.fired, ending]);
  return { rest: ending.then((end) => resultOf(one, armed, end)) };
}

/** The create must fail, and not be resumed: without a key it is given up at once. */
async function beginAbandon(campaign: Campaign, one: AbandonTry): Promise<{ rest: Promise<TryResult> }> {
  const opening = arm(campaign, one, one.opening, "engine", isNew(campaign));
  const shot = opening.fired.then(({ resourceId }) => arm(campaign, one, one.point, one.victim, (id) => id === resourceId));
  const ending = await follow(campaign, one.number, campaign.newCaller(one.kind, "keyless"));
  if (!opening.isFired()) return { rest: Promise.resolve(resultOf(one, opening, ending)) };
  const armed = await shot;
  // The engine was back before the bridge had tried often enough: then there is nothing to give up.
  if (ending.answer.kind === "created") return { rest: Promise.resolve(resultOf(one, armed, ending)) };
  await inTime(armed);
  return { rest: Promise.resolve(resultOf(one, armed, ending)) };
}

async function beginDrop(campaign: Campaign, one: DropTry): Promise<{ rest: Promise<TryResult> }> {
  const { answer } = await follow(campaign, one.number, campaign.newCaller(one.kind, "keyed_retry"));
  if (answer.kind !== "created") return { rest: Promise.resolve({ try: one, reached: false, outcome: "nothing to drop", tookMs: 0 }) };
  const { id } = answer.created;
  const beganMs = performance.now();
  const armed = arm(campaign, one, one.point, one.victim, (resourceId) => resourceId === id);
  await expire(campaign, id);
  await inTime(armed);
  const rest = untilDropped(campaign, id).then((outcome) => ({
    try: one,
    reached: armed.isFired(),
    outcome,
    tookMs: performance.now() - beganMs,
  }));
  return { rest };
}

/** The pool is brought to its point: by a create that takes of it, or by a tenant that looks as if a dead bridge had left it. */
async function beginPool(campaign: Campaign, one: PoolTry): Promise<{ rest: Promise<TryResult> }> {
  const armed = arm(campaign, one, one.point, one.victim, () => true);
  if (one.what === "discard") await leaveUnfinished(campaign, one);
  const ending = follow(campaign, one.number, campaign.newCaller(one.kind, "keyed_retry"));
  await inTime(armed, POOL_TIMEOUT_MS);
  return { rest: ending.then((end) => resultOf(one, armed, end)) };
}

async function leaveUnfinished({ stack }: Campaign, { kind }: PoolTry): Promise<void> {
  await stack.registry.query(
    `UPDATE tenants SET state = 'filling', updated_at = now() - interval '5 minutes' WHERE tenant_id =
       (SELECT tenant_id FROM tenants WHERE resource_id IS NULL AND state = 'ready' AND engine = $1 LIMIT 1)`,
    [pooledEngine(kind)],
  );
}

/** A create that is under way, so that its id is known and no shot meant for another falls on it. */
async function beginBystander(
  campaign: Campaign,
  number: number,
  { kind, manner }: NonNullable<Try["bystander"]>,
): Promise<{ rest: Promise<Ending> }> {
  const isOurs = isNew(campaign);
  const rest = follow(campaign, number, campaign.newCaller(kind, manner));
  await campaign.hook
    .seen(({ point, resourceId }) => point.startsWith("worker.") && isOurs(resourceId), ADMITTED_TIMEOUT_MS)
    .catch(() => undefined);
  return { rest };
}

/** A create, with what the caller learns written into the ledger. */
export async function follow({ ledger }: Campaign, tryNumber: number, caller: Caller): Promise<Ending> {
  const ending = await create(caller);
  if (ending.answer.kind !== "created") return ending;
  const { created } = ending.answer;
  ledger.acknowledged.set(created.id, { ...created, tryNumber });
  if (caller.key !== null) ledger.idsOfKey.set(caller.key, (ledger.idsOfKey.get(caller.key) ?? new Set()).add(created.id));
  return ending;
}

function arm(
  { stack, hook, ledger }: Campaign,
  one: Try,
  point: FaultPoint,
  victim: Victim,
  matches: (resourceId: string) => boolean,
): Armed {
  const fire = async (visit: Visit): Promise<void> => {
    ledger.tryOf.set(visit.resourceId, one.number);
    await stack.kill(victim, one.kind);
  };
  return hook.arm({ point, matches, fire, afterwards: one.afterwards });
}

/** Tells resources that begin from now on from those already met. */
function isNew({ hook }: Campaign): (resourceId: string) => boolean {
  const met = new Set(hook.visits.map((visit) => visit.resourceId));
  return (resourceId) => !met.has(resourceId);
}

async function inTime(armed: Armed, timeoutMs = REACHED_TIMEOUT_MS): Promise<void> {
  await Promise.race([armed.fired, delay(timeoutMs, undefined, { ref: false })]);
  armed.disarm();
}

/** Its time is over; the cron trigger runs until it has seen so. */
export async function expire({ stack, ledger }: Campaign, id: string): Promise<void> {
  ledger.dropped.add(id);
  await stack.platform.query("UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [id]);
  const deadline = performance.now() + REACHED_TIMEOUT_MS;
  while ((await statusOf(stack, id)) === "active") {
    if (performance.now() > deadline) throw new Error(`the cron trigger left ${id} alone`);
    await stack.sweep().catch(() => delay(POLL_MS));
  }
}

async function untilDropped({ stack }: Campaign, id: string): Promise<string> {
  const deadline = performance.now() + GONE_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if ((await statusOf(stack, id)) === "dropped") return "gone";
    await delay(POLL_MS);
  }
  // Other tries kept killing what it needs; the verdict on the whole will say whether it went.
  return "gone later";
}

async function statusOf(stack: Campaign["stack"], id: string): Promise<string> {
  const { rows } = await stack.platform.query<{ status: string }>("SELECT status FROM resources WHERE id = $1", [id]);
  return rows[0]?.status ?? "nowhere";
}

function resultOf(one: Try, armed: Armed, { answer, requests, tookMs }: Ending): TryResult {
  armed.disarm();
  return { try: one, reached: armed.isFired(), outcome: outcomeOf(answer, requests), tookMs };
}

function outcomeOf(answer: Ending["answer"], requests: number): string {
  switch (answer.kind) {
    case "created":
      return requests === 1 ? "201 at once" : "201 after retry";
    case "refused":
      return `${answer.status} ${answer.error}`;
    case "broken":
      return "no answer";
  }
}
