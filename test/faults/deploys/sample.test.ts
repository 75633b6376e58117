/**
 * Guarantee: whatever is killed in the middle of a change of a deployment, the change ends healthy or failed with a reason, an app that served
 * keeps serving, and nothing is left of what was deleted. A short, seeded sample (`npm run test:faults:deploys` runs the campaign).
 */
import { randomInt } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seededRandom } from "../../support/seeded-random.ts";
import { type FaultHook, startFaultHook } from "../hook.ts";
import { runDeployCampaign } from "./campaign.ts";
import { planDeploySample } from "./plan.ts";
import { type DeployStack, startDeployStack } from "./stack.ts";

const SEED_MAX = 2 ** 31;
const seed = Number(process.env.FAULTS_SEED ?? randomInt(SEED_MAX));
let hook: FaultHook;
let world: DeployStack;
beforeAll(async () => {
  hook = await startFaultHook();
  world = await startDeployStack(hook);
});
afterAll(async () => {
  await world?.stop(false);
  await hook?.close();
});

it(`survives kill -9 of every process at the points of FAULTS_SEED=${seed}`, async () => {
  const plan = planDeploySample(seededRandom(seed));
  const { results, problems } = await runDeployCampaign(world, hook, plan, () => undefined);
  expect(problems, `FAULTS_SEED=${seed}`).toEqual([]);
  expect(results.filter(({ reached }) => reached).length, "most shots must have fallen").toBeGreaterThan(plan.length / 2);
});
