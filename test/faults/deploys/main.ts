/** `npm run test:faults:deploys [-- --tries 100] [--seed N] [--keep]`: kills Worker, bridge, container engine and proxy in the middle of deploys. Exits 1 with a list when a promise is broken. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { z } from "zod";
import { seededRandom } from "../../support/seeded-random.ts";
import { startFaultHook } from "../hook.ts";
import { runDeployCampaign } from "./campaign.ts";
import { planDeploys } from "./plan.ts";
import { startDeployStack } from "./stack.ts";

const SEED_MAX = 2 ** 31;

const { values } = parseArgs({
  options: { tries: { type: "string" }, seed: { type: "string" }, keep: { type: "boolean", default: false } },
});
const { tries, seed } = z
  .object({ tries: z.coerce.number().int().min(1).default(100), seed: z.coerce.number().int().min(0).default(randomInt(SEED_MAX)) })
  .parse(values);
console.log(`seed ${seed}, ${tries} tries`);
const hook = await startFaultHook();
const world = await startDeployStack(hook);
try {
  const plan = planDeploys(seededRandom(seed), tries);
  const { results, problems, settledMs } = await runDeployCampaign(world, hook, plan, console.log);
  const fallen = results.filter(({ reached }) => reached).length;
  console.log(`\n${fallen} of ${tries} shots fell; everything was gone ${Math.round(settledMs / 1000)} s after the last deletion`);
  if (problems.length > 0) {
    console.error(`\n${problems.map((problem) => `- ${problem}`).join("\n")}\nseed ${seed}`);
    process.exitCode = 1;
  }
} finally {
  if (values.keep) console.log(`kept: ${world.stack.paths.dataDir}`);
  await world.stop(values.keep);
  await hook.close();
}
process.exit();
