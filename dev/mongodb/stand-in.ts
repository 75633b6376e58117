/** The stand-in as a service: PostgreSQL with DocumentDB, and the gateway in front of it. */
import { join } from "node:path";
import getPort from "get-port";
import { serversFolder } from "../data/servers.ts";
import { HOST } from "../ports.ts";
import { clearLeftovers } from "../postgres/cluster-directory.ts";
import { withConnection } from "../postgres/connect.ts";
import { NODE_READY_TIMEOUT_MS, NODE_STOP_STEPS, nodeProcess } from "../process/node-process.ts";
import { processService, type Running, type Surroundings } from "../process/process-service.ts";
import type { ProcessSpec } from "../process/spawn.ts";
import { serverUser } from "../process/users.ts";
import { ADMINISTRATOR, administratorUrl, answersMongodb } from "./administrator.ts";
import { makeCluster, SUPERUSER, serverArguments } from "./documentdb/cluster.ts";
import type { Tree } from "./documentdb/tree.ts";
import type { LocalMongodb } from "./real.ts";

const POSTGRES_READY_TIMEOUT_MS = 60_000;
/** SIGINT: disconnect everybody and shut down; SIGQUIT: at once, with recovery at the next start. */
const POSTGRES_STOP_STEPS = [
  { signal: "SIGINT", waitMs: 10_000 },
  { signal: "SIGQUIT", waitMs: 5_000 },
] as const;

/** Callers see one server, so a simulated crash stops both. */
export function standInMongodb(options: LocalMongodb, tree: Tree, surroundings: Surroundings): Running {
  const parts: { postgres?: Running; gateway?: Running } = {};
  return {
    async start() {
      if (parts.postgres === undefined) Object.assign(parts, await makeParts(options, tree, surroundings));
      await parts.postgres?.start();
      await parts.postgres?.ready();
      await parts.gateway?.start();
    },
    ready: async () => parts.gateway?.ready(),
    async stop() {
      await parts.gateway?.stop();
      await parts.postgres?.stop();
    },
    pid: () => parts.gateway?.pid(),
    kill(signal) {
      parts.gateway?.kill(signal);
      parts.postgres?.kill(signal);
    },
  };
}

async function makeParts({ paths, port, password, durable }: LocalMongodb, tree: Tree, surroundings: Surroundings) {
  const user = serverUser("postgres");
  const directory = join(serversFolder(paths, user), "mongodb");
  const logFile = join(surroundings.logsDir, "mongodb.log");
  await makeCluster({ tree, directory, user, password, logFile });
  // Only the gateway uses this port, so it cannot be chosen.
  const postgresPort = await getPort({ host: HOST });
  const { command, args } = tree.program("postgres");
  const spec = (file: string): ProcessSpec => ({
    command,
    args: [...args, "-D", directory, ...serverArguments(postgresPort, durable)],
    env: { LC_ALL: "C" },
    cwd: directory,
    user,
    logFile: file,
    orphanSignal: "INT",
  });
  const url = `postgres://${SUPERUSER}:${password}@${HOST}:${postgresPort}/postgres`;
  const environment = {
    GATEWAY_HOST: HOST,
    GATEWAY_PORT: String(port),
    GATEWAY_ADMINISTRATOR: ADMINISTRATOR,
    POSTGRES_HOST: HOST,
    POSTGRES_PORT: String(postgresPort),
    POSTGRES_USER: SUPERUSER,
    POSTGRES_PASSWORD: password,
    DATA_DIRECTORY: directory,
  };
  const postgres = processService(
    {
      name: "mongodb",
      spec,
      before: () => clearLeftovers(directory),
      probe: () => withConnection(url, async (client) => void (await client.query("select 1"))),
      readyTimeoutMs: POSTGRES_READY_TIMEOUT_MS,
      stopSteps: POSTGRES_STOP_STEPS,
    },
    surroundings,
  );
  const gateway = processService(
    {
      name: "mongodb",
      spec: (file) => nodeProcess(["dev/mongodb/gateway/main.ts"], environment, file),
      probe: () => answersMongodb(administratorUrl(port, password)),
      readyTimeoutMs: NODE_READY_TIMEOUT_MS,
      stopSteps: NODE_STOP_STEPS,
    },
    surroundings,
  );
  return { postgres, gateway };
}
