/** `npm test` after its set-up: every check, cheapest first, stopping at the first that fails. Vitest's summary is the last thing printed. */
import { styleText } from "node:util";
import { execa } from "execa";
import { QUIET_WRANGLER } from "./build-worker.ts";

const SECOND_MS = 1000;

const STEPS: readonly { title: string; command: string; args: readonly string[] }[] = [
  { title: "generated files are up to date", command: "npm", args: ["run", "--silent", "generate:check"] },
  { title: "lint, format and house rules", command: "npm", args: ["run", "--silent", "lint"] },
  { title: "types", command: "npm", args: ["run", "--silent", "typecheck"] },
  { title: "build", command: "npm", args: ["run", "--silent", "build"] },
  { title: "tests: unit, objects, engines, e2e, a sample of the fault campaign", command: "vitest", args: ["run"] },
];

for (const [index, { title, command, args }] of STEPS.entries()) {
  console.log(styleText("bold", `\n== ${index + 1}/${STEPS.length} ${title}`));
  const startedMs = Date.now();
  const { exitCode, signal } = await execa(command, args, {
    preferLocal: true,
    reject: false,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    env: QUIET_WRANGLER,
  });
  if (exitCode !== 0) {
    console.error(styleText("red", `\n== failed: ${title} (${signal ?? `exit code ${exitCode}`})`));
    process.exit(exitCode ?? 1);
  }
  if (index < STEPS.length - 1) console.log(`ok, ${((Date.now() - startedMs) / SECOND_MS).toFixed(1)} s`);
}
