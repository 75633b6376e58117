/** pgvector for the tenants' PostgreSQL: Debian's package where there is one, else built once and kept in the user's cache. */
import { accessSync, constants, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { candidateVersion, canInstallPackages, installPackages } from "../apt.ts";
import type { PostgresBinaries } from "../postgres/binaries.ts";
import { type ExtensionFolders, extensionFolders, hasPgvector, OLDEST_PGVECTOR } from "../postgres/extension-files.ts";
import { buildPgvector } from "../postgres/pgvector-build.ts";
import { isAtLeast } from "../postgres/version.ts";
import type { ProgressSink } from "../progress.ts";
import type { Part } from "../service.ts";
import { SetupError } from "../setup-error.ts";

export function pgvector(binaries: PostgresBinaries): Part {
  return {
    name: "pgvector",
    present: async () => hasPgvector(await extensionFolders(binaries)),
    async install(log) {
      const target = await extensionFolders(binaries);
      const cached = cachedFolders(binaries);
      if (!hasPgvector(cached)) {
        if (await installPackage(binaries, log)) return;
        await buildIntoCache(binaries, cached, log);
      }
      refuseUnwritable(target, binaries);
      installFiles(cached, target);
      log({ kind: "note", subject: "pgvector", text: `installed in ${target.scripts}` });
    },
  };
}

/** False when apt has none that is new enough. */
async function installPackage({ major }: PostgresBinaries, log: ProgressSink): Promise<boolean> {
  const name = `postgresql-${major}-pgvector`;
  const version = await candidateVersion(name, log);
  if (version === null || !isAtLeast(version, OLDEST_PGVECTOR)) return false;
  await installPackages([name], "pgvector", log);
  return true;
}

async function buildIntoCache(binaries: PostgresBinaries, cached: ExtensionFolders, log: ProgressSink): Promise<void> {
  if (!canInstallPackages()) throw installByHand(binaries, "it is not installed");
  const work = `${cacheFolder(binaries)}.build-${process.pid}`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const built = { library: join(work, "built/lib"), scripts: join(work, "built/extension") };
    await buildPgvector(binaries, work, built, log);
    rmSync(cacheFolder(binaries), { recursive: true, force: true });
    renameSync(join(work, "built"), cacheFolder(binaries));
    if (!hasPgvector(cached)) throw installByHand(binaries, "the build gave no usable files");
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A library built for one distribution and major version fits no other. */
function cacheFolder({ major }: PostgresBinaries): string {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const field = (name: string): string => new RegExp(`^${name}="?([^"\\n]*)`, "m").exec(release)?.[1] ?? "";
  const system = `${field("ID")}${field("VERSION_ID")}` || process.platform;
  return join(base, "instanode", `pgvector-pg${major}-${system}-${process.arch}`);
}

const cachedFolders = (binaries: PostgresBinaries): ExtensionFolders => ({
  library: join(cacheFolder(binaries), "lib"),
  scripts: join(cacheFolder(binaries), "extension"),
});

function refuseUnwritable({ library, scripts }: ExtensionFolders, binaries: PostgresBinaries): void {
  try {
    for (const folder of [library, scripts]) accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw installByHand(binaries, `${scripts} is not ours to write (${String(cause)})`);
  }
}

/** Each file appears whole or not at all; the control file, which makes the extension known, comes last. */
function installFiles(from: ExtensionFolders, to: ExtensionFolders): void {
  copyAll(from.library, to.library, () => true);
  copyAll(from.scripts, to.scripts, (name) => name !== "vector.control");
  copyAll(from.scripts, to.scripts, (name) => name === "vector.control");
}

function copyAll(from: string, to: string, wanted: (name: string) => boolean): void {
  for (const name of readdirSync(from).filter(wanted)) {
    const draft = join(to, `.${name}.${process.pid}`);
    copyFileSync(join(from, name), draft);
    renameSync(draft, join(to, name));
  }
}

const installByHand = ({ major }: PostgresBinaries, reason: string): SetupError =>
  new SetupError(`The tenants' PostgreSQL ${major} needs pgvector ${OLDEST_PGVECTOR} or newer: ${reason}. One of these is enough:`, [
    `Debian, Ubuntu: sudo apt-get install postgresql-${major}-pgvector   (where it exists), or run npm start once as root`,
    "macOS:          brew install pgvector",
    "from source:    https://github.com/pgvector/pgvector, make && sudo make install",
    "a server of yours that has it: INSTANODE_TENANT_POSTGRES_URL=postgres://superuser:…@host:port/postgres",
  ]);
