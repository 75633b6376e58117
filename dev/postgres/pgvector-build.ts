/** Builds pgvector for one PostgreSQL, with only a C compiler. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { APT_OPTIONS, installPackages } from "../apt.ts";
import { run } from "../process/run.ts";
import { type ProgressSink, step } from "../progress.ts";
import { SetupError } from "../setup-error.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { type ExtensionFolders, pgConfig } from "./extension-files.ts";
import { fetchPgvectorSource, type PgvectorSource } from "./pgvector-source.ts";

const COMPILE_TIMEOUT_MS = 300_000;
const DOWNLOAD_TIMEOUT_MS = 120_000;
/** As in pgvector's Makefile, without its -march=native: the result also runs on another processor. */
const VECTOR_FLAGS = ["-ftree-vectorize", "-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math"];

/** Leaves the files to install in `target`. @throws SetupError */
export async function buildPgvector(binaries: PostgresBinaries, work: string, target: ExtensionFolders, log: ProgressSink): Promise<void> {
  await installPackages(["gcc", "libc6-dev"], "A C compiler for pgvector", log);
  const source = await step(log, "pgvector", "fetching its source", () => fetchPgvectorSource(work));
  const headers = await serverHeaders(binaries, work);
  await step(log, "pgvector", `building ${source.version} for PostgreSQL ${binaries.major}`, () =>
    compile(binaries, source, headers, target),
  );
}

/**
 * The -dev package's headers, unpacked beside the build: installing the package would bring LLVM and clang, half a
 * gigabyte that a build without bitcode never uses.
 */
async function serverHeaders(binaries: PostgresBinaries, work: string): Promise<string> {
  const folder = join(work, "headers");
  mkdirSync(folder, { recursive: true });
  const name = `postgresql-server-dev-${binaries.major}`;
  const options = { purpose: "PostgreSQL's headers", timeoutMs: DOWNLOAD_TIMEOUT_MS, cwd: folder };
  await run("apt-get", [...APT_OPTIONS, "download", name], options);
  const archive = readdirSync(folder).find((file) => file.startsWith(name) && file.endsWith(".deb"));
  if (archive === undefined) throw new SetupError(`apt has no ${name}.`);
  await run("dpkg-deb", ["--extract", archive, "unpacked"], options);
  return join(folder, "unpacked/usr/include/postgresql", String(binaries.major), "server");
}

async function compile(binaries: PostgresBinaries, source: PgvectorSource, headers: string, target: ExtensionFolders): Promise<void> {
  for (const folder of [target.library, target.scripts]) mkdirSync(folder, { recursive: true });
  const serverFlags = (await pgConfig(binaries, ["--cppflags", "--cflags", "--cflags_sl"])).split(/\s+/).filter((flag) => flag !== "");
  const files = readdirSync(join(source.folder, "src")).filter((name) => name.endsWith(".c"));
  const args = [...serverFlags, ...VECTOR_FLAGS, `-I${headers}`, "-Isrc", "-shared", "-o", join(target.library, "vector.so")];
  await run("gcc", [...args, ...files.map((name) => join("src", name)), "-lm"], {
    purpose: "Building pgvector",
    timeoutMs: COMPILE_TIMEOUT_MS,
    cwd: source.folder,
  });
  const control = readFileSync(join(source.folder, "vector.control"), "utf8");
  const version = /default_version\s*=\s*'([^']+)'/.exec(control)?.[1] ?? source.version;
  copyFileSync(join(source.folder, "vector.control"), join(target.scripts, "vector.control"));
  copyFileSync(join(source.folder, "sql/vector.sql"), join(target.scripts, `vector--${version}.sql`));
  for (const name of readdirSync(join(source.folder, "sql"))) {
    if (/^vector--.+--.+\.sql$/.test(name)) copyFileSync(join(source.folder, "sql", name), join(target.scripts, name));
  }
}
