/**
 * `npm run bench [-- --rounds 120]`: what a create costs, on the running whole. The measures take turns (A B C A B C …), so that
 * a machine that gets slower gets slower for all of them; read the ratios.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { z } from "zod";
import { removeDataDirectory } from "../../dev/data/directory.ts";
import { loadSecrets } from "../../dev/secrets.ts";
import { BRIDGE_ID } from "../../dev/services/bridge.ts";
import { type Stack, startStack } from "../../dev/stack.ts";
import { percentiles } from "../support/percentiles.ts";
import { signedJobs } from "../support/signed-jobs.ts";
import type { Measure } from "./measure.ts";
import { apiCreate } from "./measures/api-create.ts";
import { bridgeCreate } from "./measures/bridge-create.ts";
import { rawCreate } from "./measures/raw-create.ts";
import { GOAL_RATIO, type Report, ratiosTo, table, write } from "./report.ts";

const WARM_UP_ROUNDS = 5;
/** So many tenants of each measure stand at most. */
const ROUNDS_BETWEEN_CLEAN_UPS = 20;
const EVERY_MINUTE = "* * * * *";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "120" }, help: { type: "boolean", default: false } } });
if (values.help) {
  console.log("npm run bench [-- --rounds N]   N rounds (default 120) of each measure; prints a table, writes test/bench/results/");
  process.exit(0);
}
const rounds = z.coerce.number().int().min(1).max(10_000).parse(values.rounds);

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
    const report = await bench(stack);
    console.log(
      `\n${Object.entries(report.server)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")}, ${rounds} rounds\n`,
    );
    console.log(table(report));
    const ratio = report.rows[0]?.toRaw.p50 ?? Number.POSITIVE_INFINITY;
    console.log(
      `\nPOST /db/new at the median: ${ratio.toFixed(2)} raw creates (goal: at most ${GOAL_RATIO}): ${ratio <= GOAL_RATIO ? "holds" : "MISSED"}. Load ${report.load.before.toFixed(1)} to ${report.load.after.toFixed(1)} on ${report.cores} cores. Written to ${write(report)}`,
    );
    if (ratio > GOAL_RATIO) process.exitCode = 1;
  } finally {
    await stack.stop();
  }
} finally {
  removeDataDirectory(dataDir);
  rmSync(folder, { recursive: true, force: true });
}

async function bench({ urls, paths, runCron, engineUrl }: Stack): Promise<Report> {
  const admin = new pg.Client({ connectionString: engineUrl("postgres") });
  const platform = new pg.Client({ connectionString: urls.platformPostgres });
  await Promise.all([admin.connect(), platform.connect()]);
  try {
    const jobs = await signedJobs({ bridgeUrl: urls.bridge, bridgeId: BRIDGE_ID, keys: (await loadSecrets(paths.secrets)).jobSigningKeys });
    const sweep = () => runCron(EVERY_MINUTE);
    const measures = [apiCreate({ apiUrl: urls.api, platform, sweep }), bridgeCreate(jobs), rawCreate(admin)];
    const before = loadNow();
    const times = (await takeTurns(measures)).map(percentiles);
    const raw = times[2];
    if (raw === undefined) throw new Error("the raw create was not measured");
    const rows = times.map((own, index) => ({ name: measures[index]?.name ?? "", times: own, toRaw: ratiosTo(raw, own) }));
    return {
      date: new Date().toISOString(),
      cores: availableParallelism(),
      load: { before, after: loadNow() },
      node: process.version,
      server: await describeServer(admin),
      rounds,
      rows,
    };
  } finally {
    await Promise.all([admin.end(), platform.end()]);
  }
}

/** The one-minute load average. */
function loadNow(): number {
  return loadavg()[0] ?? 0;
}

async function takeTurns(measures: readonly Measure[]): Promise<number[][]> {
  const times: number[][] = measures.map(() => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (const [index, measure] of measures.entries()) {
      const ms = await measure.once();
      if (round >= 0) times[index]?.push(ms);
    }
    if ((round + 1) % ROUNDS_BETWEEN_CLEAN_UPS === 0) {
      process.stdout.write(`${Math.max(0, round + 1)}/${rounds}\r`);
      for (const measure of measures) await measure.cleanUp();
    }
  }
  return times;
}

async function describeServer(admin: pg.Client): Promise<Record<string, string>> {
  const { rows } = await admin.query("SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync");
  const { version, fsync } = z.object({ version: z.string(), fsync: z.string() }).parse(rows[0]);
  return { PostgreSQL: version.split(" ")[0] ?? version, fsync, strategy: "the server's default (WAL_LOG)" };
}
