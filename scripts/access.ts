/** Writes docs/access.md, the table of route × actor, from the Worker's own routes. `--check` only compares and exits 1 when it is stale. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runnerImport } from "vite";

const ROOT = join(import.meta.dirname, "..");
const TARGET = join(ROOT, "docs/access.md");

const { module } = await runnerImport<typeof import("../worker/routes/access-table.ts")>(join(ROOT, "worker/routes/access-table.ts"), {
  configFile: false,
  logLevel: "error",
});

const text = module.accessTable();
if (!process.argv.includes("--check")) writeFileSync(TARGET, text);
else if (readFileSync(TARGET, "utf8") !== text) {
  console.error("docs/access.md is older than the routes: run `npm run generate`");
  process.exit(1);
}
