/** The provisioner bridge with the servers of this machine. */
import { HOST } from "../ports.ts";
import { answersHttp, NODE_READY_TIMEOUT_MS, NODE_STOP_STEPS, nodeProcess } from "../process/node-process.ts";
import { processService, type Surroundings } from "../process/process-service.ts";
import { publicKeySet, type Secrets } from "../secrets.ts";
import type { EngineServer, Service } from "../service.ts";

export const BRIDGE_ID = "bridge-local";

export interface BridgeOptions {
  port: number;
  /** The running servers, read at every start of the bridge. */
  servers: () => readonly EngineServer[];
  /** The address at which containers reach the servers, read likewise. */
  internalHost: () => string;
  /** The running parts that deploys need, likewise. */
  deploys: () => readonly { bridgeEnvironment(): Record<string, string> }[];
  registryUrl: string;
  /** The address for its reports. */
  workerUrl: string;
  secrets: Secrets;
  /** Where it keeps sources and build logs. */
  dataDir: string;
  /** Restarts when a source changes. */
  watch: boolean;
  buildTime: string;
  commitId: string;
  /** Keeps ready-made tenants. */
  pools: boolean;
  /** Overrides all other values. */
  env: Readonly<Record<string, string>>;
}

/** As in the bridge's own package.json: buffers of uploads are collected sooner, which keeps 60 MB less. */
const SMALL_NEW_SPACE = "--max-semi-space-size=1";

export function bridge(options: BridgeOptions, surroundings: Surroundings): Service {
  return {
    name: "bridge",
    present: async () => true,
    install: async () => {},
    ...processService(
      {
        name: "bridge",
        spec: (logFile) =>
          nodeProcess(
            [SMALL_NEW_SPACE, ...(options.watch ? ["--watch"] : []), "provisioner-bridge/main.ts"],
            bridgeEnvironment(options),
            logFile,
          ),
        probe: () => answersHttp(`http://${HOST}:${options.port}/healthz`),
        readyTimeoutMs: NODE_READY_TIMEOUT_MS,
        stopSteps: NODE_STOP_STEPS,
      },
      surroundings,
    ),
  };
}

function bridgeEnvironment({
  port,
  servers,
  internalHost,
  deploys,
  registryUrl,
  workerUrl,
  secrets,
  dataDir,
  buildTime,
  commitId,
  pools,
  env,
}: BridgeOptions): Record<string, string> {
  return {
    BRIDGE_ENVIRONMENT: "development",
    BRIDGE_ID,
    BRIDGE_HOST: HOST,
    BRIDGE_PORT: String(port),
    BRIDGE_REGISTRY_URL: registryUrl,
    BRIDGE_SECRETS: JSON.stringify(secrets.bridgeSecrets),
    BRIDGE_JOB_JWKS: JSON.stringify(publicKeySet(secrets.jobSigningKeys)),
    BRIDGE_REPORT_URL: workerUrl,
    BRIDGE_SIGNING_KEYS: JSON.stringify(secrets.bridgeSigningKeys),
    BRIDGE_DECRYPTION_KEYS: JSON.stringify(secrets.bridgeDecryptionKeys),
    BRIDGE_DATA_DIR: dataDir,
    ...Object.assign(
      {},
      ...servers().map((server) => server.bridgeEnvironment(internalHost())),
      ...deploys().map((part) => part.bridgeEnvironment()),
    ),
    BUILD_TIME: buildTime,
    COMMIT_ID: commitId,
    ...(pools ? { BRIDGE_POOLS: JSON.stringify(poolsOf(servers())) } : {}),
    ...env,
  };
}

function poolsOf(servers: readonly EngineServer[]): Record<string, { min: number; max: number }> {
  return Object.fromEntries(servers.flatMap(({ engine, pool }) => (pool === undefined ? [] : [[engine, pool]])));
}
