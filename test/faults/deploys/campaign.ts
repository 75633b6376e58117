/** A whole campaign over deployments: one try after the other, then everything is deleted, and nothing may be left. */
import type { FaultHook } from "../hook.ts";
import type { Try } from "./plan.ts";
import type { DeployStack } from "./stack.ts";
import { removeAll, runTry, type TryResult } from "./tries.ts";
import { findRemains } from "./verdict.ts";

export type DeployCampaign = { results: TryResult[]; problems: string[]; settledMs: number };

export async function runDeployCampaign(
  world: DeployStack,
  hook: FaultHook,
  plan: readonly Try[],
  log: (line: string) => void,
): Promise<DeployCampaign> {
  const results: TryResult[] = [];
  for (const one of plan) {
    const result = await runTry(world, hook, one).catch(
      (cause: unknown): TryResult => ({ try: one, reached: false, outcome: "broken off", tookMs: 0, problems: [String(cause)] }),
    );
    results.push(result);
    log(describe(result, plan.length));
  }
  await removeAll(world);
  const { remains, tookMs } = await findRemains(world);
  const ofTries = results.flatMap(({ try: one, problems }) => problems.map((problem) => `${nameOf(one)}: ${problem}`));
  return { results, problems: [...ofTries, ...remains.map((what) => `left over: ${what}`)], settledMs: tookMs };
}

const nameOf = ({ number, change, victim, point }: Try): string => `#${number} ${change}, ${victim} killed at ${point}`;

function describe({ try: one, reached, outcome, tookMs, problems }: TryResult, total: number): string {
  const end = problems.length === 0 ? outcome : `${outcome}: ${problems.join("; ")}`;
  return `${nameOf(one)}/${total}${reached ? "" : " (not reached)"} -> ${end} (${(tookMs / 1000).toFixed(1)} s)`;
}
