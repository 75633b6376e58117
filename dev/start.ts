/** `npm start` and `npm run dev`: run the whole product on this machine until Ctrl-C. */
import { removeDataDirectory } from "./data/directory.ts";
import { lineProgress } from "./progress.ts";
import { SetupError } from "./setup-error.ts";
import { startStack } from "./stack.ts";
import { parseStartArguments, type StartArguments, USAGE } from "./start-arguments.ts";
import { stackTable } from "./start-table.ts";

/** Longer than all services' stop timeouts together. After it the kernel ends the remaining processes with this one. */
const STOP_TIMEOUT_MS = 30_000;

const interrupted = new AbortController();
// One Ctrl-C arrives several times: from the terminal and from each npm parent process. The first one counts.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupted.abort());
interrupted.signal.addEventListener("abort", () => setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref());

try {
  const given = parseStartArguments(process.argv.slice(2), process.env, process.cwd());
  if (given.help) process.stdout.write(USAGE);
  else await runUntilInterrupted(given);
} catch (cause) {
  if (!interrupted.signal.aborted) process.exitCode = report(cause);
}
// Does not wait for remaining work, e.g. an interrupted download.
process.exit();

async function runUntilInterrupted({ reset, ...options }: StartArguments): Promise<void> {
  const log = lineProgress(process.stdout);
  if (reset) removeDataDirectory(options.dataDir);
  const stack = await startStack({ ...options, log, signal: interrupted.signal });
  process.stdout.write(stackTable(stack, options.mode));
  if (!interrupted.signal.aborted) await new Promise((resolve) => interrupted.signal.addEventListener("abort", resolve, { once: true }));
  log({ kind: "begin", subject: "stack", text: "stopping" });
  await stack.stop();
  log({ kind: "done", subject: "stack", text: `stopped; data stays in ${options.dataDir}` });
}

/** The exit code. */
function report(cause: unknown): number {
  if (!(cause instanceof SetupError)) {
    console.error(cause);
    return 1;
  }
  console.error(`\n${cause.message}`);
  for (const line of cause.advice) console.error(`  ${line}`);
  if (cause.cause !== undefined) console.error(`  (${cause.cause instanceof Error ? cause.cause.message : String(cause.cause)})`);
  return 1;
}
