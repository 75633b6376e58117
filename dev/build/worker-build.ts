/** The built Worker and its static files, as `workerd serve` takes them: built once for each state of the sources. */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { buildWorker } from "../../scripts/build-worker.ts";
import { takeLock } from "../data/lock.ts";
import { ROOT } from "../paths.ts";
import { run } from "../process/run.ts";
import { type ProgressSink, step } from "../progress.ts";
import { until } from "../time.ts";
import { sourceKey } from "./source-key.ts";

const INCLUDE = [
  "worker",
  "durable-objects",
  "contract",
  "assets",
  "scripts",
  "plans.yaml",
  "wrangler.toml",
  "package.json",
  "package-lock.json",
];
const GENERATED = ["contract/generated/", "assets/openapi.json"];
const SERVE_FOLDER = join(ROOT, "dist/serve");
const ASSETS = join(ROOT, "dist/assets");
const KEPT_BUILDS = 3;
const SCRIPT_TIMEOUT_MS = 120_000;
/** Another program (a test beside `npm start`) may be building. */
const LOCK_TIMEOUT_MS = 180_000;
const LOCK_INTERVAL_MS = 200;

export interface WorkerBuild {
  /** index.js and what it imports. */
  worker: string;
  assets: string;
  commitId: string;
}

/** Builds, unless exactly these sources were built before. @throws SetupError or Error with the tools' output */
export async function provideWorkerBuild(log: ProgressSink): Promise<WorkerBuild> {
  const release = await until(lockBuilds, { timeoutMs: LOCK_TIMEOUT_MS, intervalMs: LOCK_INTERVAL_MS });
  try {
    const commitId = await currentCommit();
    const folder = join(SERVE_FOLDER, sourceKey(ROOT, { include: INCLUDE, generated: GENERATED, extra: commitId }));
    if (!existsSync(folder)) await build(folder, log);
    prune(folder);
    return { worker: join(folder, "worker"), assets: join(folder, "assets"), commitId };
  } finally {
    release();
  }
}

/** The folder is renamed into place, so an interrupted build leaves no incomplete one. */
async function build(folder: string, log: ProgressSink): Promise<void> {
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  await generateSources(log);
  await step(log, "worker", "building the bundle", () => buildWorker("development", join(draft, "worker")));
  cpSync(ASSETS, join(draft, "assets"), { recursive: true });
  renameSync(draft, folder);
}

/** What the bundle is made from besides code: plans, the OpenAPI document, static files. */
export async function generateSources(log: ProgressSink): Promise<void> {
  await step(log, "worker", "plans, OpenAPI document and static files", async () => {
    for (const script of ["generate", "build:assets"]) {
      await run("npm", ["run", "--silent", script], { purpose: `npm run ${script}`, timeoutMs: SCRIPT_TIMEOUT_MS, cwd: ROOT });
    }
  });
}

export async function currentCommit(): Promise<string> {
  const git = await execa("git", ["rev-parse", "HEAD"], { cwd: ROOT, reject: false });
  return git.failed ? "unknown" : git.stdout.trim();
}

function lockBuilds(): () => void {
  mkdirSync(SERVE_FOLDER, { recursive: true });
  return takeLock(join(SERVE_FOLDER, "lock.json"));
}

/** A running stack has its own copy, so old builds can be deleted. */
function prune(current: string): void {
  const builds = readdirSync(SERVE_FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(SERVE_FOLDER, entry.name))
    .filter((folder) => folder !== current)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const folder of builds.slice(KEPT_BUILDS - 1)) rmSync(folder, { recursive: true, force: true });
}
