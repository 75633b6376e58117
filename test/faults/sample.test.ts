/**
 * Guarantee: whatever is killed, an acknowledged create works, one key makes one resource, and nothing else is left, within
 * 3 minutes. A short, seeded sample of the campaign (`npm run test:faults` runs all of it).
 */
import { randomInt } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { openCampaign, runCampaign } from "./campaign.ts";
import { type FaultHook, startFaultHook } from "./hook.ts";
import { hasPools, planSample } from "./plan.ts";
import { type FaultyStack, startFaultyStack } from "./stack.ts";
import { enginesOf, KINDS_COVERED } from "./subjects/all.ts";

/** A third of production's: what a crash leaves is abandoned or resumed when it is over. */
const LEASE_SECONDS = 20;
const SEED_MAX = 2 ** 31;
const seed = Number(process.env.FAULTS_SEED ?? randomInt(SEED_MAX));
const pools = hasPools(seed);
let hook: FaultHook;
let stack: FaultyStack;

beforeAll(async () => {
  hook = await startFaultHook();
  stack = await startFaultyStack(hook, enginesOf(KINDS_COVERED), { pools, leaseSeconds: LEASE_SECONDS });
});

afterAll(async () => {
  await stack?.stop();
  await hook?.close();
});

it(`survives kill -9 of every process at the points of FAULTS_SEED=${seed}`, async () => {
  const random = seededRandom(seed);
  const campaign = await openCampaign(stack, hook, random, () => undefined);
  const plan = planSample(random, { kinds: KINDS_COVERED, pools });
  const { results, explanations } = await runCampaign(campaign, plan);
  expect(explanations, `FAULTS_SEED=${seed}`).toEqual([]);
  expect(results.filter(({ reached }) => reached).length, "most shots must have fallen").toBeGreaterThan(plan.length / 2);
});
