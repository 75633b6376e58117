/**
 * nats-server for this machine: on the PATH, in Docker, or out of Debian's package. The package is unpacked and not installed:
 * installing it would start a server of its own on port 4222.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { candidateVersion, downloadPackage } from "../apt.ts";
import { dockerAnswers } from "../postgres/docker.ts";
import { isExecutable, onPath } from "../process/on-path.ts";
import { run } from "../process/run.ts";
import { type ProgressSink, step } from "../progress.ts";
import { SetupError } from "../setup-error.ts";
import { pullImage } from "./docker.ts";

export type NatsRunner = { kind: "binary"; file: string } | { kind: "docker" };

const PACKAGE = "nats-server";
/** Where Debian installs it, which is only on root's PATH. */
const DEBIAN_FILE = "/usr/sbin/nats-server";
const UNPACK_TIMEOUT_MS = 60_000;
const DRAFT_PREFIX = ".new-";

/** What is present without a download; null when nothing is. */
export async function findNats(): Promise<NatsRunner | null> {
  const file = [onPath(PACKAGE), DEBIAN_FILE, unpackedFile()].find((one) => one !== undefined && isExecutable(one));
  if (file !== undefined) return { kind: "binary", file };
  return (await dockerAnswers()) ? { kind: "docker" } : null;
}

/** Fetches one if none is present. @throws SetupError that says what to install */
export async function provideNats(log: ProgressSink): Promise<NatsRunner> {
  const found = await findNats();
  if (found?.kind === "docker") await step(log, "docker", "fetching nats", pullImage);
  return found ?? { kind: "binary", file: await unpackFromDebian(log) };
}

async function unpackFromDebian(log: ProgressSink): Promise<string> {
  const version = await candidateVersion(PACKAGE, log);
  if (version === null) throw nothingToRun("apt offers none");
  const target = join(cacheFolder(), version.replaceAll(/[^A-Za-z0-9.+-]/g, "_"));
  mkdirSync(cacheFolder(), { recursive: true });
  const draft = mkdtempSync(join(cacheFolder(), DRAFT_PREFIX));
  // The server runs as another user.
  chmodSync(draft, 0o755);
  try {
    await step(log, PACKAGE, `fetching Debian's ${version}`, async () => {
      const archive = await downloadPackage(PACKAGE, draft);
      await run("dpkg-deb", ["--extract", archive, draft], { purpose: PACKAGE, timeoutMs: UNPACK_TIMEOUT_MS });
      rmSync(archive);
    });
    // Two programs may do this at once: each version is renamed into place complete, and the first one stays.
    if (!existsSync(target)) renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return join(target, DEBIAN_FILE);
}

/** The newest one that was unpacked before. */
function unpackedFile(): string | undefined {
  const kept = existsSync(cacheFolder()) ? readdirSync(cacheFolder()).filter((name) => !name.startsWith(DRAFT_PREFIX)) : [];
  const versions = kept.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return versions.map((version) => join(cacheFolder(), version, DEBIAN_FILE)).findLast(isExecutable);
}

/** Servers do not run as root, and may not enter root's home folder. */
function cacheFolder(): string {
  const base = process.getuid?.() === 0 ? "/var/cache" : (process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"));
  return join(base, "instanode", PACKAGE);
}

const nothingToRun = (reason: string): SetupError =>
  new SetupError(`No nats-server on this machine, and ${reason}. One of these is enough:`, [
    "Debian, Ubuntu: sudo apt-get install nats-server   (then stop its own service: sudo systemctl disable --now nats-server)",
    "macOS:          brew install nats-server",
    "Docker:         start its engine",
    "a server of yours: INSTANODE_NATS_URL (docs/configuration.md)",
  ]);
