/** Reads plans.yaml, checks it and writes contract/generated/plans.json. `--check` only compares and exits 1 when stale. */
import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";

const SOURCE = new URL("../plans.yaml", import.meta.url);
const TARGET = new URL("../contract/generated/plans.json", import.meta.url);

const text = `${JSON.stringify(parse(readFileSync(SOURCE, "utf8")), null, 2)}\n`;
if (process.argv.includes("--check")) {
  if (readFileSync(TARGET, "utf8") !== text) {
    console.error("contract/generated/plans.json is older than plans.yaml: run `npm run generate`");
    process.exit(1);
  }
} else {
  writeFileSync(TARGET, text);
}
// Loading the module validates what was written.
await import("../contract/plans.ts");
