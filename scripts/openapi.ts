/**
 * Writes assets/openapi.json from the Worker's own routes. `--check` only compares and exits 1 when it is stale.
 * Vite loads the routes: they import pages written in JSX, which Node does not read.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runnerImport } from "vite";

const ROOT = join(import.meta.dirname, "..");
const TARGET = join(ROOT, "assets/openapi.json");

const { module } = await runnerImport<typeof import("../worker/routes/document.ts")>(join(ROOT, "worker/routes/document.ts"), {
  configFile: false,
  logLevel: "error",
});

const text = `${JSON.stringify(module.openApiDocument(), null, 2)}\n`;
if (!process.argv.includes("--check")) writeFileSync(TARGET, text);
else if (readFileSync(TARGET, "utf8") !== text) {
  console.error("assets/openapi.json is older than the routes: run `npm run generate`");
  process.exit(1);
}
