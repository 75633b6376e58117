/**
 * `npm run bench [-- --rounds 120] [--only creates|ingest]`: what a create costs, and how many posts a second an inbox takes, on the
 * running whole. Everything is measured beside the least it could cost, at the same time; read the ratios.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { removeDataDirectory } from "../../dev/data/directory.ts";
import { startStack } from "../../dev/stack.ts";
import { measureCreates } from "./creates.ts";
import { describeRates, measureIngest } from "./ingest/measure.ts";
import { GOAL_RATIO, type Report, table, write } from "./report.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "120" }, only: { type: "string" }, help: { type: "boolean", default: false } },
});
if (values.help) {
  console.log("npm run bench [-- --rounds N] [--only creates|ingest]");
  console.log("creates: N rounds (default 120) of each measure; prints a table. ingest: posts a second of one inbox.");
  console.log("Without --only both, and the figures are written to test/bench/results/.");
  process.exit(0);
}
const { rounds, only } = z
  .object({ rounds: z.coerce.number().int().min(1).max(10_000), only: z.enum(["creates", "ingest"]).optional() })
  .parse(values);

const folder = mkdtempSync(join(tmpdir(), "instanode-bench-"));
const dataDir = join(folder, "data");
try {
  console.log("starting a stack of its own, fsync on …");
  const stack = await startStack({
    dataDir,
    mode: "serve",
    durable: true,
    restartCrashed: false,
    cronTicker: false,
    engines: ["postgres"],
    pools: false,
  });
  try {
    const creates = only === "ingest" ? null : await measureCreates(stack, rounds);
    if (creates) printCreates(creates);
    const ingest = only === "creates" ? null : await measureIngest(stack.urls.api, folder);
    if (ingest) console.log(`\n${describeRates(ingest)}`);
    if (creates && ingest) console.log(`\nWritten to ${write({ ...creates, ingest })}`);
  } finally {
    await stack.stop();
  }
} finally {
  removeDataDirectory(dataDir);
  rmSync(folder, { recursive: true, force: true });
}

/** Missing the goal makes the run fail. */
function printCreates(report: Report): void {
  const server = Object.entries(report.server)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
  console.log(`\n${server}, ${rounds} rounds\n\n${table(report)}`);
  const ratio = report.rows[0]?.toRaw.p50 ?? Number.POSITIVE_INFINITY;
  const verdict = ratio <= GOAL_RATIO ? "holds" : "MISSED";
  const { before, after } = report.load;
  console.log(
    `\nPOST /db/new at the median: ${ratio.toFixed(2)} raw creates (goal: at most ${GOAL_RATIO}): ${verdict}. Load ${before.toFixed(1)} to ${after.toFixed(1)} on ${report.cores} cores.`,
  );
  if (ratio > GOAL_RATIO) process.exitCode = 1;
}
