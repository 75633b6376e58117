/** What a create costs beside the raw SQL it stands for, on the running whole. */
import { availableParallelism, loadavg } from "node:os";
import pg from "pg";
import { z } from "zod";
import { loadSecrets } from "../../dev/secrets.ts";
import { BRIDGE_ID } from "../../dev/services/bridge.ts";
import type { Stack } from "../../dev/stack.ts";
import { percentiles } from "../support/percentiles.ts";
import { signedJobs } from "../support/signed-jobs.ts";
import type { Measure } from "./measure.ts";
import { apiCreate } from "./measures/api-create.ts";
import { bridgeCreate } from "./measures/bridge-create.ts";
import { rawCreate } from "./measures/raw-create.ts";
import { type Report, ratiosTo } from "./report.ts";

const WARM_UP_ROUNDS = 5;
/** So many tenants of each measure stand at most. */
const ROUNDS_BETWEEN_CLEAN_UPS = 20;
const EVERY_MINUTE = "* * * * *";

/** The measures take turns (A B C A B C …), so that a machine that gets slower gets slower for all of them. */
export async function measureCreates({ urls, paths, runCron, engineUrl }: Stack, rounds: number): Promise<Report> {
  const admin = new pg.Client({ connectionString: engineUrl("postgres") });
  const platform = new pg.Client({ connectionString: urls.platformPostgres });
  await Promise.all([admin.connect(), platform.connect()]);
  try {
    const jobs = await signedJobs({ bridgeUrl: urls.bridge, bridgeId: BRIDGE_ID, keys: (await loadSecrets(paths.secrets)).jobSigningKeys });
    const sweep = () => runCron(EVERY_MINUTE);
    const measures = [apiCreate({ apiUrl: urls.api, platform, sweep }), bridgeCreate(jobs), rawCreate(admin)];
    const before = loadNow();
    const times = (await takeTurns(measures, rounds)).map(percentiles);
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

async function takeTurns(measures: readonly Measure[], rounds: number): Promise<number[][]> {
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
