/** Waits until the world is what the ledger says it must be, and says precisely what is not when time is up. */
import { setTimeout as delay } from "node:timers/promises";
import type { Campaign } from "./context.ts";
import { expectations } from "./ledger.ts";
import { findDeaf, findUndead } from "./proof.ts";
import { engineSubject } from "./subjects/all.ts";
import { findProblems, type Problem } from "./verdict.ts";
import { readWorld } from "./world.ts";

/** The promise of the house: after any crash the world is in order again within this time. */
export const SETTLE_MAX_MS = 180_000;
const POLL_MS = 1_000;
/** The cron trigger comes once a minute in production. */
const SWEEP_EVERY_MS = 30_000;

export type Settled = { tookMs: number; problems: Problem[]; expected: Record<string, number> };

export async function settle(campaign: Campaign): Promise<Settled> {
  const beganMs = performance.now();
  let sweptMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    if (performance.now() - sweptMs > SWEEP_EVERY_MS) {
      sweptMs = performance.now();
      await campaign.stack.sweep().catch((cause: unknown) => campaign.log(`sweep: ${String(cause)}`));
    }
    const { problems, expected } = await judge(campaign);
    const tookMs = performance.now() - beganMs;
    if (problems.length === 0 || tookMs > SETTLE_MAX_MS) return { tookMs, problems, expected };
    await delay(POLL_MS);
  }
}

async function judge(campaign: Campaign): Promise<Omit<Settled, "tookMs">> {
  const wanted = expectations(campaign.ledger, campaign.hook.visits);
  const counted = Object.groupBy([...wanted.values()], (expectation) => expectation);
  const expected = Object.fromEntries(Object.entries(counted).map(([name, all]) => [name, all.length]));
  try {
    const world = await readWorld(campaign.stack);
    const problems = [
      ...twoOfOneKey(campaign),
      ...oneForTwo(campaign),
      ...findProblems(wanted, world, (engine) => engineSubject(engine).parts),
    ];
    if (problems.length > 0) return { expected, problems };
    return { expected, problems: [...(await findDeaf(campaign, wanted, world)), ...(await findUndead(campaign, world))] };
  } catch (cause) {
    return { expected, problems: [{ resourceId: null, what: `the world cannot be read: ${String(cause)}` }] };
  }
}

function twoOfOneKey({ ledger }: Campaign): Problem[] {
  const twice = [...ledger.idsOfKey].filter(([, ids]) => ids.size > 1);
  return twice.map(([key, ids]) => ({ resourceId: null, what: `the key ${key} gave ${[...ids].join(" and ")}` }));
}

/** URLs that name their tenant; those of the other engines' servers are the same for everybody. */
const NAMES_A_TENANT = /^(?:postgres|mongodb)/;

/** Two callers who were given the same tenant. */
function oneForTwo({ ledger }: Campaign): Problem[] {
  const named = [...ledger.acknowledged.values()].filter(({ credentials }) => NAMES_A_TENANT.test(String(credentials.connection_url)));
  const shared = [...Map.groupBy(named, ({ credentials }) => credentials.connection_url).values()].filter((all) => all.length > 1);
  return shared.map((all) => ({ resourceId: null, what: `${all.map(({ id }) => id).join(" and ")} were given the same credentials` }));
}

/** A problem with everything on record about its resource. */
export async function explain({ stack, hook, ledger }: Campaign, { resourceId, what }: Problem): Promise<string> {
  if (resourceId === null) return `- ${what}`;
  const [row, tenant, journal] = await Promise.all([
    stack.platform.query("SELECT status, generation, created_at, status_changed_at, drop_reason FROM resources WHERE id = $1", [
      resourceId,
    ]),
    stack.registry.query("SELECT name, state, generation, created_at, updated_at FROM tenants WHERE resource_id = $1", [resourceId]),
    stack.registry.query(
      "SELECT jti, state, attempts, refusal, started_at, finished_at FROM job_journal WHERE resource_id = $1 ORDER BY started_at",
      [resourceId],
    ),
  ]);
  const visits = hook.visits.filter((visit) => visit.resourceId === resourceId);
  const first = visits[0]?.atMs ?? 0;
  const number = ledger.tryOf.get(resourceId) ?? ledger.acknowledged.get(resourceId)?.tryNumber;
  return [
    `- ${resourceId} (try ${number ?? "unknown"}): ${what}`,
    `    points:   ${visits.map(({ point, atMs }) => `${point} +${((atMs - first) / 1000).toFixed(2)} s`).join(", ")}`,
    `    platform: ${JSON.stringify(row.rows)}`,
    `    registry: ${JSON.stringify(tenant.rows)}`,
    `    journal:  ${JSON.stringify(journal.rows)}`,
  ].join("\n");
}
