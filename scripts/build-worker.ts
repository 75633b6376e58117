/** Bundles the Worker with wrangler, without deploying it: what `npm run build` measures and `npm start` serves. */
import { execa } from "execa";
import packageJson from "../package.json" with { type: "json" };

/** Wrangler asks nobody, reports to nobody and leaves no log files. */
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

/** The `wrangler deploy` of an environment: its section, and the constants that tell one build from another. */
export async function deployArguments(environment: BuildEnvironment): Promise<string[]> {
  const section = environment === "production" ? "production" : "";
  const constants = Object.entries(await buildConstants()).flatMap(([name, value]) => ["--define", `${name}:${JSON.stringify(value)}`]);
  return ["deploy", `--env=${section}`, ...constants];
}

/** What worker/build.ts reads; "unknown" outside a git checkout. */
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
