/** MinIO as the object store of this machine: a program on the PATH, or its image. */
import { createHash } from "node:crypto";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { serversFolder } from "../data/servers.ts";
import type { DataPaths } from "../paths.ts";
import { HOST } from "../ports.ts";
import { removeContainer } from "../postgres/docker.ts";
import { type ProcessServiceOptions, processService, type Running, type Surroundings } from "../process/process-service.ts";
import { unprivilegedUser } from "../process/users.ts";
import type { ObjectStoreAddress } from "./address.ts";
import { ensureBucket } from "./bucket.ts";
import { MINIO_IMAGE, type StoreRunner } from "./runner.ts";

const NAME = "object-store";
const READY_TIMEOUT_MS = 60_000;
const STOP_STEPS = [{ signal: "SIGTERM", waitMs: 10_000 }] as const;
const CONTAINER_PORT = 9_000;
const HASH_LENGTH = 8;
const PRIVATE = 0o700;

export interface MinioOptions {
  paths: DataPaths;
  port: number;
  address: ObjectStoreAddress;
}

export function minioStore(options: MinioOptions, runner: StoreRunner & { kind: "minio" | "docker" }, surroundings: Surroundings): Running {
  const common = {
    name: NAME,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopSteps: STOP_STEPS,
    probe: () => ensureBucket(options.address),
  } as const;
  const how = runner.kind === "docker" ? inDocker(options) : onThisMachine(options, runner.program);
  return processService({ ...common, ...how }, surroundings);
}

type HowToRun = Pick<ProcessServiceOptions, "spec" | "before">;

const secretsOf = ({ accessKeyId, secretAccessKey }: ObjectStoreAddress) => ({
  MINIO_ROOT_USER: accessKeyId,
  MINIO_ROOT_PASSWORD: secretAccessKey,
});

function onThisMachine({ paths, port, address }: MinioOptions, program: string): HowToRun {
  const user = unprivilegedUser();
  const directory = join(serversFolder(paths, user), NAME);
  mkdirSync(directory, { recursive: true, mode: PRIVATE });
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  return {
    spec: (logFile) => ({
      command: program,
      args: ["server", directory, "--address", `${HOST}:${port}`, "--quiet"],
      env: { PATH: process.env.PATH ?? "", HOME: directory, ...secretsOf(address) },
      cwd: directory,
      user,
      logFile,
      orphanSignal: "TERM",
    }),
  };
}

/** The container is identified by its name. Its pid is that of `docker run`, which passes signals on to the server. */
function inDocker({ paths, port, address }: MinioOptions): HowToRun {
  const container = `instanode-${NAME}-${createHash("sha256").update(paths.dataDir).digest("hex").slice(0, HASH_LENGTH)}`;
  const folder = join(serversFolder(paths, undefined), NAME);
  mkdirSync(folder, { recursive: true, mode: PRIVATE });
  const where = ["--publish", `${HOST}:${port}:${CONTAINER_PORT}`, "--volume", `${folder}:/data`];
  const secrets = Object.keys(secretsOf(address)).flatMap((name) => ["--env", name]);
  return {
    before: () => removeContainer(container),
    spec: (logFile) => ({
      command: "docker",
      args: ["run", "--rm", "--name", container, ...where, ...secrets, MINIO_IMAGE, "server", "/data", "--quiet"],
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...secretsOf(address) },
      cwd: paths.dataDir,
      logFile,
      orphanSignal: "TERM",
    }),
  };
}
