/** Queries and installs Debian packages, without prompts. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { onPath } from "./process/on-path.ts";
import { run } from "./process/run.ts";
import { isRoot } from "./process/users.ts";
import { type ProgressSink, step } from "./progress.ts";
import { SetupError } from "./setup-error.ts";

const UPDATE_TIMEOUT_MS = 180_000;
const INSTALL_TIMEOUT_MS = 600_000;
const QUERY_TIMEOUT_MS = 30_000;
/** Another apt (an automatic upgrade) may hold the lock. */
const LOCK_WAIT_S = 120;

const LISTS = "/var/lib/apt/lists";
const ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive", UCF_FORCE_CONFFOLD: "1", LC_ALL: "C" };
export const APT_OPTIONS = [
  "-y",
  "-q",
  "-o",
  `DPkg::Lock::Timeout=${LOCK_WAIT_S}`,
  "-o",
  "Dpkg::Use-Pty=0",
  "-o",
  "Dpkg::Options::=--force-confold",
  "-o",
  "APT::Sandbox::User=root",
];

export const canInstallPackages = (): boolean => isRoot() && onPath("apt-get") !== undefined;

/** Installs the missing ones of `packages`. @throws SetupError that names what to install when this program may not install it */
export async function installPackages(packages: readonly string[], purpose: string, log: ProgressSink): Promise<void> {
  const missing: string[] = [];
  for (const name of packages) {
    if (!(await isInstalled(name))) missing.push(name);
  }
  if (missing.length === 0) return;
  if (!canInstallPackages()) {
    throw new SetupError(`${purpose}: missing ${missing.join(", ")}.`, [
      `sudo apt-get install --no-install-recommends ${missing.join(" ")}`,
    ]);
  }
  await step(log, "apt-get", `installing ${missing.join(" ")}`, () => installOrRefresh(missing, purpose, log));
}

/** The version apt would install, or null. Fetches the package lists when there are none. */
export async function candidateVersion(name: string, log: ProgressSink): Promise<string | null> {
  if (onPath("apt-cache") === undefined) return null;
  if (canInstallPackages() && !hasLists()) await updateLists(log);
  const { stdout } = await execa("apt-cache", ["policy", name], { env: ENVIRONMENT, timeout: QUERY_TIMEOUT_MS, reject: false });
  const version = /Candidate: (\S+)/.exec(stdout)?.[1];
  return version === undefined || version === "(none)" ? null : version;
}

async function isInstalled(name: string): Promise<boolean> {
  if (onPath("dpkg-query") === undefined) return false;
  const { stdout } = await execa("dpkg-query", ["--status", name], { timeout: QUERY_TIMEOUT_MS, reject: false });
  return /^Status: .* installed$/m.test(stdout);
}

/** Old lists name files that the mirror no longer has. In that case the lists are fetched again, once. */
async function installOrRefresh(packages: readonly string[], purpose: string, log: ProgressSink): Promise<void> {
  const install = (): Promise<string> =>
    run("apt-get", [...APT_OPTIONS, "install", "--no-install-recommends", ...packages], {
      purpose,
      timeoutMs: INSTALL_TIMEOUT_MS,
      env: ENVIRONMENT,
    });
  if (hasLists()) {
    const outcome = await install().catch((cause: unknown) => cause);
    if (typeof outcome === "string") return;
  }
  await updateLists(log);
  await install();
}

const hasLists = (): boolean => readdirSync(LISTS).some((name) => name.includes("_Packages"));

async function updateLists(log: ProgressSink): Promise<void> {
  await step(log, "apt-get", "fetching package lists", () =>
    run("apt-get", [...APT_OPTIONS, "update"], { purpose: "Debian package lists", timeoutMs: UPDATE_TIMEOUT_MS, env: ENVIRONMENT }),
  );
}

/** Fetches a package's archive without installing it; apt checks its signature. @returns the archive's path in `folder` */
export async function downloadPackage(name: string, folder: string): Promise<string> {
  await run("apt-get", [...APT_OPTIONS, "download", name], {
    purpose: `Debian package ${name}`,
    timeoutMs: INSTALL_TIMEOUT_MS,
    env: ENVIRONMENT,
    cwd: folder,
  });
  const archive = readdirSync(folder).find((file) => file.startsWith(`${name}_`) && file.endsWith(".deb"));
  if (archive === undefined) throw new SetupError(`apt-get fetched no ${name}.`, []);
  return join(folder, archive);
}
