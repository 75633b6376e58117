/** A PostgreSQL cluster with DocumentDB in a template database. The costly part is done once and copied for each stack. */

import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import getPort from "get-port";
import { scramVerifier } from "../../../provisioner-bridge/engines/postgres/scram.ts";
import { HOST } from "../../ports.ts";
import { changedUrl, withConnection } from "../../postgres/connect.ts";
import { run } from "../../process/run.ts";
import { spawnProcess } from "../../process/spawn.ts";
import type { SystemUser } from "../../process/users.ts";
import { SetupError } from "../../setup-error.ts";
import { until } from "../../time.ts";
import { TEMPLATE_DATABASE } from "../gateway/postgres/names.ts";
import type { Tree, TreeProgram } from "./tree.ts";

export const SUPERUSER = "postgres";
const SALT_BYTES = 16;
const INITDB_TIMEOUT_MS = 60_000;
const SEED_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const PROBE_INTERVAL_MS = 50;
const MAX_CONNECTIONS = 300;
/** Never used for a login: each copy gets its own password before it starts. */
const SEED_PASSWORD = "seed";
const LIBRARIES = ["pg_documentdb_core", "pg_documentdb"];

/** As `-c name=value`. @param libraries to be loaded when the server starts */
export function serverArguments(port: number, durable: boolean, libraries: readonly string[] = LIBRARIES): string[] {
  const socket = `@instanode-documentdb-${port}`;
  const settings: Record<string, string | number> = {
    listen_addresses: HOST,
    port,
    // An abstract socket, over which DocumentDB reaches its own server. Only PostgreSQL's system user may connect (peer).
    unix_socket_directories: socket,
    "documentdb.localhost_connection_string": `host=${socket}`,
    shared_preload_libraries: libraries.join(","),
    // Cursors in files, not in connections: a driver asks for the next page on whichever connection is free.
    "documentdb.useFileBasedPersistedCursors": "on",
    "documentdb.enableBackgroundWorker": "off",
    max_connections: MAX_CONNECTIONS,
    statement_timeout: "60s",
    password_encryption: "scram-sha-256",
    // The log would hold much, including tenants' documents.
    log_min_messages: "fatal",
    log_min_error_statement: "panic",
    ...(durable ? {} : { fsync: "off", full_page_writes: "off", synchronous_commit: "off" }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

export interface ClusterPlan {
  tree: Tree;
  directory: string;
  user: SystemUser | undefined;
  password: string;
  logFile: string;
}

/** Makes the cluster unless it exists. An interrupted attempt leaves no incomplete one. */
export async function makeCluster(plan: ClusterPlan): Promise<void> {
  const { tree, directory, user, password } = plan;
  if (existsSync(join(directory, "PG_VERSION"))) return;
  const seed = await ensureSeed(plan);
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  // As an archive: PostgreSQL insists that the files are its user's own.
  await run("cp", ["--archive", seed, draft], { purpose: "A new DocumentDB cluster", timeoutMs: SEED_TIMEOUT_MS });
  const verifier = await scramVerifier(password, randomBytes(SALT_BYTES));
  const { command, args } = tree.program("postgres");
  // Single-user mode: no login is possible before the password is set.
  await execa(command, [...args, "--single", "-D", draft, "postgres"], {
    ...identity(user),
    cwd: draft,
    timeout: SEED_TIMEOUT_MS,
    input: `ALTER ROLE ${SUPERUSER} PASSWORD '${verifier}'\n`,
    env: { LC_ALL: "C" },
  });
  renameSync(draft, directory);
}

const identity = (user: SystemUser | undefined): { uid?: number; gid?: number } =>
  user === undefined ? {} : { uid: user.uid, gid: user.gid };

/** A cluster that was started once to fill its template, kept beside the tree that made it. */
async function ensureSeed(plan: ClusterPlan): Promise<string> {
  const { tree, user } = plan;
  const seed = join(tree.folder, "seed", user?.name ?? "own");
  if (existsSync(seed)) return seed;
  mkdirSync(join(tree.folder, "seed"), { recursive: true });
  const draft = `${seed}.new-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  try {
    await initialise(plan, draft);
    await fillTemplate(plan, draft);
    // Another stack may have been quicker. The two clusters are alike.
    if (!existsSync(seed)) renameSync(draft, seed);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return seed;
}

async function initialise({ tree, user }: ClusterPlan, directory: string): Promise<void> {
  const passwordFile = `${directory}.password`;
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(passwordFile, `${SEED_PASSWORD}\n`, { mode: 0o600 });
  if (user !== undefined) for (const path of [directory, passwordFile]) chownSync(path, user.uid, user.gid);
  const { command, args }: TreeProgram = tree.program("initdb");
  const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];
  const options = ["-D", directory, "-L", tree.shareFolder, "-U", SUPERUSER, `--pwfile=${passwordFile}`, "--no-instructions", "--no-sync"];
  try {
    await run(command, [...args, ...options, ...locale], { purpose: "A new DocumentDB cluster", timeoutMs: INITDB_TIMEOUT_MS, user });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  writeFileSync(join(directory, "pg_hba.conf"), `local all all peer map=itself\nhost all all ${HOST}/32 scram-sha-256\n`);
  writeFileSync(join(directory, "pg_ident.conf"), `itself ${user?.name ?? userInfo().username} /^(.*)$ \\1\n`);
}

/** pg_cron, which DocumentDB requires, can be made in one database of a cluster only; its copies keep it, and none needs it to run. */
async function fillTemplate({ tree, user, logFile }: ClusterPlan, directory: string): Promise<void> {
  const port = await getPort({ host: HOST });
  const { command, args } = tree.program("postgres");
  const settings = [...serverArguments(port, false, ["pg_cron", ...LIBRARIES]), "-c", `cron.database_name=${TEMPLATE_DATABASE}`];
  const child = spawnProcess({
    command,
    args: [...args, "-D", directory, ...settings],
    env: { LC_ALL: "C" },
    cwd: directory,
    user,
    logFile,
    orphanSignal: "INT",
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `postgres://${SUPERUSER}:${SEED_PASSWORD}@${HOST}:${port}/postgres`;
  try {
    await until(() => withConnection(url, (client) => client.query(`create database ${TEMPLATE_DATABASE}`)), {
      timeoutMs: SEED_TIMEOUT_MS,
      intervalMs: PROBE_INTERVAL_MS,
      hopeless: () => child.exitCode !== null,
    });
    const inTemplate = changedUrl(url, { database: TEMPLATE_DATABASE });
    await withConnection(inTemplate, (client) => client.query("create extension documentdb cascade"));
    await withConnection(url, (client) =>
      client.query(
        `revoke all on database ${TEMPLATE_DATABASE}, postgres, template1 from public; alter database ${TEMPLATE_DATABASE} is_template true`,
      ),
    );
  } catch (cause) {
    throw new SetupError("DocumentDB could not be set up.", [`See ${logFile}`], { cause });
  } finally {
    child.kill("SIGINT");
    const impatience = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended.finally(() => clearTimeout(impatience));
  }
}
