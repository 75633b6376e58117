/** SQL over HTTP, which the Neon driver in the Worker needs, in front of the platform's PostgreSQL and nothing else. */
import { HOST } from "../ports.ts";
import { answersHttp, NODE_READY_TIMEOUT_MS, NODE_STOP_STEPS, nodeProcess } from "../process/node-process.ts";
import { processService, type Surroundings } from "../process/process-service.ts";
import type { Service } from "../service.ts";

const POSTGRES_PORT = "5432";

export interface SqlEndpointOptions {
  port: number;
  /** Only its host and port are used. */
  platformPostgresUrl: string;
}

export function sqlEndpoint({ port, platformPostgresUrl }: SqlEndpointOptions, surroundings: Surroundings): Service {
  const target = new URL(platformPostgresUrl);
  const args = [String(port), target.hostname, target.port || POSTGRES_PORT];
  return {
    name: "sql-endpoint",
    present: async () => true,
    install: async () => {},
    ...processService(
      {
        name: "sql-endpoint",
        spec: (logFile) => nodeProcess(["dev/sql-endpoint/main.ts", ...args], {}, logFile),
        probe: () => answersHttp(`http://${HOST}:${port}/healthz`),
        readyTimeoutMs: NODE_READY_TIMEOUT_MS,
        stopSteps: NODE_STOP_STEPS,
      },
      surroundings,
    ),
  };
}
