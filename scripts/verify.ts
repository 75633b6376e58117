/** `npm test` after its set-up: runs every check, cheapest first, and stops at the first that fails. Vitest prints its summary last. */
import { styleText } from "node:util";
import { execa } from "execa";
import { QUIET_WRANGLER } from "./build-worker.ts";

const SECOND_MS = 1000;
/** npm and the terminal may each deliver the same Ctrl-C. A second one after this time kills the running step. */
const SAME_SIGNAL_MS = 2 * SECOND_MS;

const npm = (script: string): readonly string[] => ["npm", "run", "--silent", script];
const STEPS: readonly { title: string; command: readonly string[] }[] = [
  { title: "generated files are up to date", command: npm("generate:check") },
  { title: "lint, format, import rules", command: npm("lint") },
  { title: "types", command: npm("typecheck") },
  { title: "build", command: npm("build") },
  { title: "tests: unit, objects, engines, e2e, a sample of the fault campaign", command: ["vitest", "run"] },
];

let runningGroup: number | undefined;
let interruptedAtMs = 0;

/** Each step runs in its own process group, so that an interruption also reaches the servers its tests started. */
function interrupt(): void {
  const isSame = Date.now() - interruptedAtMs < SAME_SIGNAL_MS;
  if (isSame) return;
  const signal = interruptedAtMs === 0 ? "SIGINT" : "SIGKILL";
  interruptedAtMs = Date.now();
  if (runningGroup !== undefined) process.kill(-runningGroup, signal);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);

/** @returns the exit code, or the signal that ended it */
async function run([command = "", ...args]: readonly string[]): Promise<number | string> {
  const step = execa(command, args, {
    preferLocal: true,
    reject: false,
    detached: true,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    env: QUIET_WRANGLER,
  });
  runningGroup = step.pid;
  const { exitCode, signal } = await step;
  runningGroup = undefined;
  return exitCode ?? signal ?? 1;
}

for (const [index, { title, command }] of STEPS.entries()) {
  console.log(styleText("bold", `\n== ${index + 1}/${STEPS.length} ${title}`));
  const startedMs = Date.now();
  const result = await run(command);
  if (result !== 0 || interruptedAtMs !== 0) {
    console.error(styleText("red", `\n== failed: ${title} (${interruptedAtMs === 0 ? result : "interrupted"})`));
    process.exit(typeof result === "number" && result !== 0 ? result : 1);
  }
  if (index < STEPS.length - 1) console.log(`ok, ${((Date.now() - startedMs) / SECOND_MS).toFixed(1)} s`);
}
