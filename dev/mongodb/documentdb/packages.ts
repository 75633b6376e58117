/**
 * DocumentDB and all it needs, as Debian packages, through package lists of our own: the system's sources, packages and locks
 * stay as they are, and nothing of them is run. The mirror is the one this machine's apt already uses.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianMirror, KEYRING } from "../../postgres/pgvector-source.ts";
import { run } from "../../process/run.ts";
import { type ProgressSink, step } from "../../progress.ts";

/** Only the newest suite has it. */
const SUITE = "sid";
const PACKAGE = "postgresql-18-documentdb";
const LISTS_TIMEOUT_MS = 120_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;

/**
 * Leaves the packages in `archives`; those that are there already are not fetched again.
 * @param work a folder for what is needed meanwhile
 * @throws SetupError
 */
export async function fetchPackages(work: string, archives: string, log: ProgressSink): Promise<string[]> {
  const configuration = configure(work, archives, await debianMirror());
  const apt = (args: readonly string[], timeoutMs: number): Promise<string> =>
    run("apt-get", ["-q", "-y", ...args], {
      purpose: `DocumentDB from Debian ${SUITE}`,
      timeoutMs,
      env: { APT_CONFIG: configuration, LC_ALL: "C" },
    });
  const update = (): Promise<string> =>
    step(log, "mongodb", `reading the package lists of Debian ${SUITE}`, () => apt(["update", "--error-on=any"], LISTS_TIMEOUT_MS));
  const download = (): Promise<string> =>
    step(log, "mongodb", "fetching DocumentDB, a PostgreSQL extension (140 MB)", () =>
      apt(["install", "--download-only", "--no-install-recommends", PACKAGE], DOWNLOAD_TIMEOUT_MS),
    );
  await update();
  // The suite changes: until the mirror is synchronized, its lists may name packages that its pool no longer has.
  await download().catch(async () => {
    await update();
    return download();
  });
  return readdirSync(archives)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(archives, name));
}

/** An apt of its own: with an empty list of what is installed, so that every dependency is fetched. */
function configure(work: string, archives: string, mirror: string): string {
  const state = join(work, "apt");
  rmSync(state, { recursive: true, force: true });
  for (const folder of [join(state, "lists/partial"), join(archives, "partial")]) mkdirSync(folder, { recursive: true });
  const [sources, status, configuration] = ["sources.list", "status", "apt.conf"].map((name) => join(state, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(sources, `deb [signed-by=${KEYRING}] ${mirror} ${SUITE} main\n`);
  writeFileSync(status, "");
  const options = {
    "Dir::Etc::sourcelist": sources,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::State": state,
    "Dir::State::Lists": join(state, "lists"),
    "Dir::State::status": status,
    "Dir::Cache": state,
    "Dir::Cache::Archives": archives,
    "Acquire::Languages": "none",
    // A mirror that stands still for weeks is still a signed one.
    "Acquire::Check-Valid-Until": "false",
    "APT::Sandbox::User": "root",
    // Its locks are on files of its own.
    "Debug::NoLocking": "true",
  };
  writeFileSync(
    configuration,
    Object.entries(options)
      .map(([name, value]) => `${name} "${value}";\n`)
      .join(""),
  );
  return configuration;
}
