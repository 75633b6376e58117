/** `npm run test:faults [-- --tries 100] [--seed N] [--kinds redis,queue] [--pools on|off] [--keep]`: the whole campaign. Tenants are ready-made with even seeds unless told. Exits 1 with a precise list when a promise is broken. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { z } from "zod";
import { seededRandom } from "../support/seeded-random.ts";
import { openCampaign, runCampaign } from "./campaign.ts";
import { startFaultHook } from "./hook.ts";
import { hasPools, planCampaign } from "./plan.ts";
import { resultTable, summary } from "./report.ts";
import { startFaultyStack } from "./stack.ts";
import { enginesOf, KINDS_COVERED } from "./subjects/all.ts";

const SEED_MAX = 2 ** 31;

const { values } = parseArgs({
  options: {
    tries: { type: "string" },
    seed: { type: "string" },
    kinds: { type: "string" },
    pools: { type: "string" },
    keep: { type: "boolean" },
  },
});
const options = z
  .object({
    tries: z.coerce.number().int().min(1).default(100),
    seed: z.coerce.number().int().min(0).default(randomInt(SEED_MAX)),
    kinds: z
      .string()
      .default(KINDS_COVERED.join(","))
      .transform((text) => text.split(","))
      .pipe(z.array(z.enum(KINDS_COVERED)).min(1)),
    pools: z.enum(["on", "off"]).optional(),
    keep: z.boolean().default(false),
  })
  .parse(values);

const pools = options.pools === undefined ? hasPools(options.seed) : options.pools === "on";
const again = `npm run test:faults -- --seed ${options.seed} --tries ${options.tries} --kinds ${options.kinds.join(",")} --pools ${pools ? "on" : "off"}`;
console.log(`seed ${options.seed}, ${options.tries} tries (again: ${again})`);
const hook = await startFaultHook();
const random = seededRandom(options.seed);
try {
  const stack = await startFaultyStack(hook, enginesOf(options.kinds), { pools });
  try {
    const campaign = await openCampaign(stack, hook, random, console.log);
    const plan = planCampaign(random, { kinds: options.kinds, pools }, options.tries);
    const { results, settled, explanations } = await runCampaign(campaign, plan);
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
