/**
 * `npm run bench [-- --rounds N] [--only ROW]`: what a create costs beside the least it could cost, on the running whole. Everything is
 * measured in turns with what it is held against; read the ratios.
 */
import { type Arguments, readArguments, USAGE } from "./arguments.ts";
import { fillDocument } from "./document.ts";
import { holds, type RowName } from "./goals.ts";
import { describeRates, measureIngest, type Rates } from "./ingest/measure.ts";
import { describeMachine, describeTenantsServer, loadNow } from "./machine.ts";
import type { Finding } from "./measure.ts";
import { MEASURES } from "./measures/all.ts";
import { PreconditionError } from "./precondition.ts";
import { describeServer, latencyTable, type Report, stepTable, table, write } from "./report.ts";
import { openSmallWorld } from "./small-world.ts";
import { createStacks, type Stacks } from "./stacks.ts";

const SECOND_MS = 1_000;
const say = (text: string): void => console.log(`  ${text}`);

const given = readArguments();
if (given.help) console.log(USAGE);
else await run(given);

/** A missed goal, like a run that could not be made, ends with 1. */
async function run(options: Arguments): Promise<void> {
  const stacks = createStacks();
  // Gigabytes: an interrupted run removes them, too.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => void stacks.close().finally(() => process.exit(1)));
  try {
    console.log("starting a stack of its own, fsync on …");
    const report = await measure(options, stacks);
    print(report);
    if (options.only === undefined) writeAll(report);
    if (!report.rows.every(holds)) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof PreconditionError)) throw error;
    console.error(`\nThe bench cannot go on: ${error.message}.`);
    process.exitCode = 1;
  } finally {
    await stacks.close();
  }
}

function writeAll(report: Report): void {
  const { json, plot } = write(report);
  console.log(`\nWritten: ${json}, ${plot}, ${fillDocument(report, plot)}`);
}

async function measure({ only, rounds }: Arguments, stacks: Stacks): Promise<Report> {
  const [before, began] = [loadNow(), performance.now()];
  const world = await stacks.open("large", ["postgres", "redis", "nats"]);
  const small = openSmallWorld(stacks);
  const finding: Required<Finding> = { rows: [], latencies: {}, points: [], steps: { warm: {}, cold: {} } };
  for (const one of MEASURES.filter(({ rows }) => only === undefined || rows.includes(only as RowName))) {
    const { rows, latencies = {}, points = [], steps } = await one.run({ world, small, rounds, say });
    finding.rows.push(...rows);
    Object.assign(finding.latencies, latencies);
    finding.points.push(...points);
    if (steps) finding.steps = steps;
  }
  const ingest: { ingest?: Rates } =
    only === undefined || only === "ingest" ? { ingest: await measureIngest(world.stack.urls.api, stacks.folder) } : {};
  return {
    date: new Date().toISOString(),
    machine: { ...describeMachine(), load: { before, after: loadNow() } },
    node: process.version,
    server: await describeTenantsServer(world),
    rounds,
    seconds: Math.round((performance.now() - began) / SECOND_MS),
    ...finding,
    ...ingest,
  };
}

function print({ server, rounds, seconds, rows, latencies, steps, ingest, machine: { cores, load } }: Report): void {
  console.log(`\n${describeServer(server)}; ${rounds} rounds in ${seconds} s`);
  console.log(`Load ${load.before.toFixed(1)} to ${load.after.toFixed(1)} on ${cores} cores.`);
  if (Object.keys(latencies).length > 0) console.log(`\n${latencyTable(latencies)}`);
  if (stepTable(steps) !== "") console.log(`\n${stepTable(steps)}`);
  if (rows.length > 0) console.log(`\n${table(rows)}`);
  if (ingest) console.log(`\n${describeRates(ingest)}`);
}
