/**
 * PostgreSQL with DocumentDB, unpacked from Debian packages of a newer suite into a folder and run from there, by the folder's own
 * dynamic loader and libraries: no installation, no chroot, no mount, no root.
 */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../data/cache.ts";
import { onPath } from "../../process/on-path.ts";
import { run } from "../../process/run.ts";
import type { SystemUser } from "../../process/users.ts";
import { type ProgressSink, step } from "../../progress.ts";
import { SetupError } from "../../setup-error.ts";
import { fetchPackages } from "./packages.ts";

/** Increased when a tree is built differently. Older trees are then ignored. */
const LAYOUT = 1;
const MAJOR = "18";
const UNPACK_TIMEOUT_MS = 60_000;
/** Debian's names of this processor, and of its dynamic loader. */
const ARCHITECTURES: Readonly<Record<string, { triplet: string; loader: string }>> = {
  x64: { triplet: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" },
  arm64: { triplet: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" },
};
const EXECUTABLE = 0o755;
const PROGRAMS = "programs";

/** The command line of a program of the tree. */
export interface TreeProgram {
  command: string;
  args: string[];
}

export interface Tree {
  folder: string;
  /** The folder to name to initdb, which otherwise finds its files relative to its own path. */
  shareFolder: string;
  program(name: "postgres" | "initdb"): TreeProgram;
}

/** The tree, if it exists. */
export function findTree(user: SystemUser | undefined): Tree | null {
  const folder = treeFolder(user);
  return existsSync(folder) ? treeIn(folder) : null;
}

/**
 * Makes the tree. Safe to run concurrently; an interrupted attempt leaves no incomplete one.
 * @throws SetupError where it is not available
 */
export async function makeTree(user: SystemUser | undefined, log: ProgressSink): Promise<Tree> {
  refuseWhereImpossible();
  const folder = treeFolder(user);
  const work = `${folder}.build-${process.pid}`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const packages = await fetchPackages(work, join(cacheFolder(undefined), "documentdb-packages"), log);
    const draft = join(work, "tree");
    await step(log, "mongodb", "unpacking it", () => unpack(packages, draft));
    complete(draft, folder);
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return treeIn(folder);
}

const treeFolder = (user: SystemUser | undefined): string => join(cacheFolder(user), `documentdb-${LAYOUT}-pg${MAJOR}-${process.arch}`);

function refuseWhereImpossible(): void {
  const isDebian = process.platform === "linux" && ["apt-get", "dpkg-deb"].every((name) => onPath(name) !== undefined);
  if (isDebian && process.arch in ARCHITECTURES) return;
  throw new SetupError("No MongoDB on this machine, and its stand-in comes from Debian's packages.", MONGODB_ADVICE);
}

/** How a machine gets a MongoDB. */
export const MONGODB_ADVICE = [
  "mongod on the PATH: https://www.mongodb.com/docs/manual/installation/",
  "Docker:             start its engine",
  "a server of yours:  INSTANODE_MONGODB_URL=mongodb://root:…@host:port/?authSource=admin",
];

async function unpack(packages: readonly string[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const file of packages) {
    await run("dpkg-deb", ["--extract", file, folder], { purpose: `Unpacking ${file}`, timeoutMs: UNPACK_TIMEOUT_MS });
  }
}

/** Does what the packages' own scripts would do. @param place the final path of the tree */
function complete(draft: string, place: string): void {
  const extensions = join(draft, "usr/share/postgresql", MAJOR, "extension");
  symlinkSync("postgis-3.control", join(extensions, "postgis.control"));
  // initdb expects a `postgres` in its own folder that can be started without arguments.
  const folder = join(draft, PROGRAMS);
  mkdirSync(folder);
  for (const name of ["postgres", "initdb"] as const) {
    const { command, args } = treeIn(place).program(name);
    writeFileSync(join(folder, name), `#!/bin/sh\nexec ${[command, ...args].join(" ")} "$@"\n`, { mode: EXECUTABLE });
  }
}

function treeIn(folder: string): Tree {
  const { triplet = "", loader = "" } = ARCHITECTURES[process.arch] ?? {};
  const libraries = join(folder, "usr/lib", triplet);
  const programs = join(folder, "usr/lib/postgresql", MAJOR, "bin");
  // The middle two are where Debian's "alternatives" would have pointed; in the last one extension modules find each other.
  const libraryPath = [
    libraries,
    join(libraries, "blas"),
    join(libraries, "lapack"),
    join(folder, "usr/lib/postgresql", MAJOR, "lib"),
  ].join(":");
  return {
    folder,
    shareFolder: join(folder, "usr/share/postgresql", MAJOR),
    program(name) {
      const file = join(programs, name);
      const called = name === "initdb" ? join(folder, PROGRAMS, name) : file;
      return { command: join(libraries, loader), args: ["--library-path", libraryPath, "--argv0", called, file] };
    },
  };
}
