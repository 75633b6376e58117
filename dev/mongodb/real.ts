/** A real MongoDB as a service: mongod of this machine, or in Docker. */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { serversFolder } from "../data/servers.ts";
import type { DataPaths } from "../paths.ts";
import { HOST } from "../ports.ts";
import { processService, type Running, type Surroundings } from "../process/process-service.ts";
import type { ProcessSpec } from "../process/spawn.ts";
import { administratorUrl, answersMongodb, answersWithAdministrator } from "./administrator.ts";
import { removeContainer, runArguments } from "./docker.ts";
import type { MongodbRunner } from "./runner.ts";

export interface LocalMongodb {
  paths: DataPaths;
  port: number;
  /** The administrator's URL. Secret. */
  password: string;
  durable: boolean;
}

/** Long: after a crash the server first replays its journal. */
const READY_TIMEOUT_MS = 60_000;
const STOP_STEPS = [{ signal: "SIGTERM", waitMs: 15_000 }] as const;
const HASH_LENGTH = 8;

export function realMongodb(
  options: LocalMongodb,
  runner: Exclude<MongodbRunner, { kind: "stand-in" }>,
  surroundings: Surroundings,
): Running {
  const { paths, port, password } = options;
  const folder = join(serversFolder(paths, undefined), "mongodb");
  mkdirSync(folder, { recursive: true });
  const common = { name: "mongodb", readyTimeoutMs: READY_TIMEOUT_MS, stopSteps: STOP_STEPS } as const;
  if (runner.kind === "mongod") {
    const spec = (logFile: string): ProcessSpec => ({
      command: runner.binary,
      args: ["--dbpath", folder, "--port", String(port), "--bind_ip", HOST, "--auth", "--nounixsocket"],
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C" },
      cwd: folder,
      logFile,
      orphanSignal: "TERM",
    });
    return processService({ ...common, spec, probe: () => answersWithAdministrator(port, password) }, surroundings);
  }
  const hash = createHash("sha256").update(paths.dataDir).digest("hex").slice(0, HASH_LENGTH);
  const container = `instanode-mongodb-${hash}`;
  const spec = (logFile: string): ProcessSpec => ({
    command: "docker",
    args: runArguments(container, port, folder),
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", MONGO_INITDB_ROOT_PASSWORD: password },
    cwd: paths.dataDir,
    logFile,
    orphanSignal: "TERM",
  });
  const probe = (): Promise<void> => answersMongodb(administratorUrl(port, password));
  return processService({ ...common, spec, probe, before: () => removeContainer(container) }, surroundings);
}
