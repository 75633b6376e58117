/**
 * pgvector's source from a newer Debian suite, through package lists of our own: the system's sources stay as they are.
 * The mirror is the one this machine's apt already uses.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { APT_OPTIONS } from "../apt.ts";
import { run } from "../process/run.ts";
import { SetupError } from "../setup-error.ts";

/** The first one the mirror has wins. */
const SUITES = ["trixie", "forky", "sid"];
export const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const TIMEOUT_MS = 180_000;

export interface PgvectorSource {
  version: string;
  /** The unpacked tree. */
  folder: string;
}

/** Downloads and unpacks it below `work`; apt checks the signatures. @throws SetupError when no suite has it */
export async function fetchPgvectorSource(work: string): Promise<PgvectorSource> {
  const mirror = await debianMirror();
  const failures: unknown[] = [];
  for (const suite of SUITES) {
    try {
      return await fetchFrom(mirror, suite, join(work, suite));
    } catch (cause) {
      failures.push(cause);
    }
  }
  throw new SetupError(`pgvector's source is in none of ${SUITES.join(", ")} at ${mirror}.`, [], { cause: new AggregateError(failures) });
}

/** Debian's own, as this machine's apt names it. @throws SetupError when there is none */
export async function debianMirror(): Promise<string> {
  const format = "$(REPO_URI) $(ORIGIN)";
  const targets = await run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], {
    purpose: "Debian's mirror",
    timeoutMs: TIMEOUT_MS,
  });
  const mirror = targets.split("\n").find((line) => line.endsWith(" Debian") && !line.includes("security"));
  if (mirror === undefined)
    throw new SetupError("apt knows no Debian mirror.", ["Run apt-get update, or name one in /etc/apt/sources.list.d"]);
  return mirror.split(" ")[0] ?? "";
}

async function fetchFrom(mirror: string, suite: string, work: string): Promise<PgvectorSource> {
  rmSync(work, { recursive: true, force: true });
  const lists = join(work, "lists");
  const downloads = join(work, "downloads");
  const folder = join(work, "pgvector");
  for (const path of [join(lists, "partial"), join(work, "cache", "archives", "partial"), downloads, folder])
    mkdirSync(path, { recursive: true });
  const sources = join(work, "sources.list");
  writeFileSync(sources, `deb-src [signed-by=${KEYRING}] ${mirror} ${suite} main\n`);
  const own = [
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State::Lists=${lists}`,
    `Dir::Cache=${join(work, "cache")}`,
  ];
  const options = [...APT_OPTIONS, ...own.flatMap((option) => ["-o", option])];
  const apt = (args: readonly string[]): Promise<string> =>
    run("apt-get", [...options, ...args], { purpose: `pgvector from Debian ${suite}`, timeoutMs: TIMEOUT_MS, cwd: downloads });
  await apt(["update", "--error-on=any"]);
  await apt(["source", "--download-only", "pgvector"]);
  const archive = readdirSync(downloads).find((name) => name.includes(".orig.tar."));
  const version = /^pgvector_([^_]+)\.orig\.tar\./.exec(archive ?? "")?.[1];
  if (archive === undefined || version === undefined) throw new SetupError(`Debian ${suite} has no pgvector source archive.`);
  await run("tar", ["--extract", "--strip-components=1", "--file", join(downloads, archive)], {
    purpose: "Unpacking pgvector",
    timeoutMs: TIMEOUT_MS,
    cwd: folder,
  });
  return { version, folder };
}
