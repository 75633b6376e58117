/** `npm run test:faults [-- --tries 100] [--seed N] [--keep]`: the whole campaign. Exits 1 with a precise list when a promise is broken. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { z } from "zod";
import { seededRandom } from "../support/seeded-random.ts";
import { openCampaign, runCampaign } from "./campaign.ts";
import { startFaultHook } from "./hook.ts";
import { planCampaign } from "./plan.ts";
import { resultTable, summary } from "./report.ts";
import { startFaultyStack } from "./stack.ts";

const SEED_MAX = 2 ** 31;

const { values } = parseArgs({ options: { tries: { type: "string" }, seed: { type: "string" }, keep: { type: "boolean" } } });
const options = z
  .object({
    tries: z.coerce.number().int().min(1).default(100),
    seed: z.coerce.number().int().min(0).default(randomInt(SEED_MAX)),
    keep: z.boolean().default(false),
  })
  .parse(values);

console.log(`seed ${options.seed}, ${options.tries} tries (again: npm run test:faults -- --seed ${options.seed} --tries ${options.tries})`);
const hook = await startFaultHook();
const random = seededRandom(options.seed);
try {
  const stack = await startFaultyStack(hook);
  try {
    const campaign = await openCampaign(stack, hook, random, console.log);
    const { results, settled, explanations } = await runCampaign(campaign, planCampaign(random, options.tries));
    console.log(`\n${resultTable(results)}\n\n${summary(results, settled)}`);
    if (explanations.length > 0) {
      console.error(`\n${explanations.join("\n")}\nseed ${options.seed}`);
      process.exitCode = 1;
    }
  } finally {
    if (options.keep) console.log(`kept: ${stack.dataDir}`);
    await stack.stop(options.keep ? "keep" : undefined);
  }
} finally {
  await hook.close();
}
