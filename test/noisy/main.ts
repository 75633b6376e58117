/**
 * `npm run test:noisy [-- --seconds N] [--only ATTACK]`: one app forks without end, takes memory, fills its disk, opens sockets, prints, or computes; an app of
 * another team and `POST /db/new` go on meanwhile. Exits 1 when their p99 is above 3 times the quiet one and above 100 ms.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { removeDataDirectory } from "../../dev/data/directory.ts";
import { ATTACKS } from "./attacker.ts";
import { type Figures, measureNoise, seconds } from "./measure.ts";

const { values } = parseArgs({ options: { seconds: { type: "string" }, only: { type: "string" } } });
const options = z.object({ seconds: z.coerce.number().int().min(1).default(seconds), only: z.enum(ATTACKS).optional() }).parse(values);
const folder = mkdtempSync(join(tmpdir(), "instanode-noisy-"));
try {
  const attacks = options.only === undefined ? ATTACKS : [options.only];
  const figures = await measureNoise(folder, attacks, options.seconds, console.log);
  if (figures.some(({ isTooSlow }: Figures) => isTooSlow)) process.exitCode = 1;
} finally {
  removeDataDirectory(join(folder, "data"));
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
