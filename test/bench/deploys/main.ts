/**
 * `npm run bench:deploys [-- --rounds N] [--write]`: what a deploy costs beside the least it could cost, on the running whole. Everything is
 * measured in turns with its comparison; read the ratios. `--write` puts them into docs/performance.md.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { removeDataDirectory } from "../../../dev/data/directory.ts";
import { replaced } from "../document.ts";
import { describeMachine, loadNow } from "../machine.ts";
import { holds, line, type Row } from "./goals.ts";
import { deployRow, redeployRow, routeRow, uploadRow } from "./measures.ts";
import { openWorld, type World } from "./world.ts";

const ROUNDS_DEFAULT = 7;
const DOCUMENT = new URL("../../../docs/performance.md", import.meta.url);
const HEAD = ["| what | against | goal | reached | rounds | figures |", "|---|---|---|---|---|---|"];
const MEASURES = [deployRow, redeployRow, uploadRow, routeRow] as const;

const { values } = parseArgs({ options: { rounds: { type: "string" }, write: { type: "boolean", default: false } } });
const rounds = z.coerce.number().int().min(1).default(ROUNDS_DEFAULT).parse(values.rounds);
const folder = mkdtempSync(join(tmpdir(), "instanode-bench-"));
let world: World | undefined;
try {
  const before = loadNow();
  console.log("starting a stack of its own, fsync on …");
  world = await openWorld(folder);
  const rows: Row[] = [];
  for (const measure of MEASURES) {
    const row = await measure(world, rounds);
    rows.push(row);
    console.log(`  ${line(row)}`);
  }
  const { cores, cpu, memoryGb } = describeMachine();
  const where = `Measured ${new Date().toISOString().slice(0, 16)}Z, ${cores} × ${cpu}, ${memoryGb} GB; load ${before.toFixed(1)} before, ${loadNow().toFixed(1)} after; ${rounds} rounds.`;
  const text = [where, "", ...HEAD, ...rows.map(line)].join("\n");
  console.log(`\n${text}`);
  if (values.write) writeFileSync(DOCUMENT, replaced(readFileSync(DOCUMENT, "utf8"), "deploys", text));
  if (!rows.every(holds)) process.exitCode = 1;
} finally {
  await world?.close();
  removeDataDirectory(join(folder, "data"));
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
