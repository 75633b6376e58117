/** A whole campaign: tries one after the other, their endings side by side, then one verdict on the world. */
import { BRIDGE_ID } from "../../dev/services/bridge.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { signedJobs } from "../support/signed-jobs.ts";
import { type Campaign, callers, linksOf } from "./context.ts";
import type { FaultHook } from "./hook.ts";
import { emptyLedger } from "./ledger.ts";
import type { Try } from "./plan.ts";
import { explain, type Settled, settle } from "./settle.ts";
import type { FaultyStack } from "./stack.ts";
import { beginTry, type TryResult } from "./tries.ts";

export type CampaignResult = { results: TryResult[]; settled: Settled; explanations: string[] };

export async function openCampaign(
  stack: FaultyStack,
  hook: FaultHook,
  random: SeededRandom,
  log: (line: string) => void,
): Promise<Campaign> {
  const jobs = await signedJobs({ bridgeUrl: stack.bridgeUrl, bridgeId: BRIDGE_ID, keys: stack.secrets.jobSigningKeys });
  return { stack, hook, jobs, ledger: emptyLedger(), random, newCaller: callers(stack.apiUrl), links: linksOf(stack), log };
}

/** @throws when a killed process does not come back, or a shot could not be fired */
export async function runCampaign(campaign: Campaign, plan: readonly Try[]): Promise<CampaignResult> {
  const endings: Promise<TryResult>[] = [];
  for (const one of plan) {
    const { rest } = await beginTry(campaign, one);
    const ending = rest.then((result) => {
      campaign.log(describe(result, plan.length));
      return result;
    });
    // It is looked at below; until then a failure must not end the process.
    ending.catch(() => {});
    endings.push(ending);
  }
  const results = await Promise.all(endings);
  await campaign.stack.healthy();
  const settled = await settle(campaign);
  const explanations = await Promise.all(settled.problems.map((problem) => explain(campaign, problem)));
  return { results, settled, explanations };
}

function describe({ try: one, reached, outcome, tookMs }: TryResult, total: number): string {
  const who = `${one.kind} ${one.what === "create" ? one.manner : one.what}`;
  const shot = reached ? `${one.victim} killed at ${one.point}` : `${one.point} was not reached`;
  return `#${String(one.number).padStart(String(total).length)}/${total} ${who}: ${shot} -> ${outcome} (${(tookMs / 1000).toFixed(1)} s)`;
}
