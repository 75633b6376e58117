/** Bundles the Worker with wrangler without deploying it. `npm run build` measures the bundle, `npm start` serves it. */
import { execa } from "execa";
import packageJson from "../package.json" with { type: "json" };

/** Makes wrangler ask no questions, send no metrics and write no log files. */
export const QUIET_WRANGLER = {
  CI: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** A section of wrangler.toml: the top level is development. */
export type BuildEnvironment = "development" | "production";

export interface BundleSize {
  plainKib: number;
  gzipKib: number;
}

/** Builds into `outdir` and returns the size. @throws Error with wrangler's output when it fails */
export async function buildWorker(environment: BuildEnvironment, outdir: string): Promise<BundleSize> {
  const args = [...(await deployArguments(environment)), "--dry-run", "--outdir", outdir];
  const { all, exitCode } = await execa("wrangler", args, {
    preferLocal: true,
    reject: false,
    all: true,
    stdin: "ignore",
    env: QUIET_WRANGLER,
  });
  if (exitCode !== 0) throw new Error(`wrangler could not build the Worker for ${environment}:\n${all}`);
  if (all.includes("WARNING")) console.warn(all);
  return bundleSize(all);
}

/** The arguments of `wrangler deploy` for an environment: its section of wrangler.toml, and the constants that identify the build. */
export async function deployArguments(environment: BuildEnvironment): Promise<string[]> {
  const section = environment === "production" ? "production" : "";
  const constants = Object.entries(await buildConstants()).flatMap(([name, value]) => ["--define", `${name}:${JSON.stringify(value)}`]);
  return ["deploy", `--env=${section}`, ...constants];
}

/** The constants worker/build.ts reads; "unknown" outside a git checkout. */
async function buildConstants(): Promise<Record<string, string>> {
  const git = await execa("git", ["rev-parse", "HEAD"], { reject: false });
  return {
    BUILD_COMMIT_ID: process.env.COMMIT_ID ?? (git.exitCode === 0 ? git.stdout.trim() : "unknown"),
    BUILD_TIME: new Date().toISOString(),
    BUILD_VERSION: packageJson.version,
  };
}

function bundleSize(output: string): BundleSize {
  const [, plain, gzip] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(output) ?? [];
  if (plain === undefined || gzip === undefined) throw new Error(`wrangler named no bundle size:\n${output}`);
  return { plainKib: Number(plain), gzipKib: Number(gzip) };
}
