/** The tenants' object store. The bridge makes the tenants; this module only runs the server, or names an existing one. */
import { createHash } from "node:crypto";
import { engineServer, randomSecret } from "../engine-server-entry.ts";
import { formatAddress, type ObjectStoreAddress, parseAddress } from "../object-store/address.ts";
import { ensureBucket, givesSessions } from "../object-store/bucket.ts";
import { cephStore, PLATFORM_USER } from "../object-store/ceph.ts";
import { minioStore } from "../object-store/minio.ts";
import { findStoreRunner, provideStoreRunner, type StoreRunner } from "../object-store/runner.ts";
import type { DataPaths } from "../paths.ts";
import { HOST } from "../ports.ts";
import type { Running, Surroundings } from "../process/process-service.ts";
import type { EngineServer } from "../service.ts";

const NAME = "object-store";
const BUCKET = "instanode-tenants";
const PLATFORM_KEY_ID = "INSTANODEPLATFORM";
const SIGNER_KEY_ID = "INSTANODESIGNER";
const STS_KEY_CHARACTERS = 16;
const HASH_LENGTH = 8;
/** Far more than the ceilings allow. */
const MAX_TENANTS = 2_000;

export interface ObjectStoreOptions {
  paths: DataPaths;
  port: number;
  monitorPort: number;
  secrets: { platform: string; signer: string };
  durable: boolean;
  /** An existing server: nothing is installed, started or stopped. */
  externalUrl: string | undefined;
}

type Keys = { accessKeyId: string; secretAccessKey: string };

export const objectStoreServer = engineServer({
  engine: "s3",
  service: NAME,
  ports: {
    objectStore: { number: 9010, variable: "INSTANODE_OBJECT_STORE_PORT" },
    objectStoreMonitor: { number: 9011, variable: "INSTANODE_OBJECT_STORE_MONITOR_PORT" },
  },
  /** S3 secret keys: of the platform's user, and of the user that signs for tenants. */
  makeSecrets: () => ({ objectStorePlatformSecret: randomSecret(), objectStoreSignerSecret: randomSecret() }),
  external: { variable: "INSTANODE_OBJECT_STORE_URL", what: "http://KEY:SECRET@host/bucket?backend=… of an object store" },
  create: ({ paths, durable, ports, secrets, externalUrl }, surroundings) => {
    const keys = { platform: secrets.objectStorePlatformSecret, signer: secrets.objectStoreSignerSecret };
    const options = { paths, durable, port: ports.objectStore, monitorPort: ports.objectStoreMonitor, secrets: keys, externalUrl };
    return objectStore(options, surroundings);
  },
});

export function objectStore(options: ObjectStoreOptions, surroundings: Surroundings): EngineServer {
  const { externalUrl, secrets } = options;
  const state: State = { runner: null, running: undefined, sessions: true };
  const address = (): ObjectStoreAddress =>
    externalUrl === undefined ? ownAddress(options, state.runner) : parseAddress(externalUrl, foreignBucket(secrets.platform));
  /** Only on our own Ceph does the signer have fewer rights than the platform. */
  const signer = (): Keys => (isCeph(state) ? { accessKeyId: SIGNER_KEY_ID, secretAccessKey: secrets.signer } : address());
  return {
    name: NAME,
    engine: "s3",
    get url() {
      return formatAddress(address());
    },
    ports: externalUrl === undefined ? ["objectStore", "objectStoreMonitor"] : [],
    get row() {
      const { endpoint, bucket } = address();
      return {
        what: "object store",
        where: `${endpoint}/${bucket}`,
        note: isCeph(state) ? "S3 by Ceph, a prefix each" : "S3, a prefix each",
      };
    },
    isOptional: true,
    bridgeEnvironment: (internalHost) => ({
      ...bridgeVariables(address(), state.sessions),
      ...(externalUrl === undefined ? { OBJECT_STORE_INTERNAL_ENDPOINT: `http://${internalHost}:${options.port}` } : {}),
    }),
    workerVars: () => workerVariables(address(), signer()),
    ...(externalUrl === undefined ? ownServer(options, state, { address, signer }, surroundings) : externalServer(address, state)),
  };
}

type State = { runner: StoreRunner | null; running: Running | undefined; sessions: boolean };
type Runs = Pick<EngineServer, "present" | "install" | "start" | "ready" | "stop" | "pid" | "kill">;
type Known = { address: () => ObjectStoreAddress; signer: () => Keys };

const isCeph = ({ runner }: State): boolean => runner?.kind === "ceph";

function ownServer(options: ObjectStoreOptions, state: State, { address, signer }: Known, surroundings: Surroundings): Runs {
  const make = (runner: StoreRunner): Running => {
    if (runner.kind !== "ceph") return minioStore({ ...options, address: address() }, runner, surroundings);
    const stsKey = createHash("sha256").update(`sts|${options.secrets.platform}`).digest("hex").slice(0, STS_KEY_CHARACTERS);
    const ceph = { ...options, address: address(), signer: signer(), gatewayPort: options.port, stsKey };
    return cephStore(ceph, runner.programs, surroundings);
  };
  return {
    async present() {
      state.runner = await findStoreRunner();
      return state.runner !== null && state.runner.kind !== "docker";
    },
    async install(log) {
      state.runner = await provideStoreRunner(log);
    },
    async start() {
      if (state.runner === null) throw new Error(`${NAME} is started before it is installed`);
      state.running ??= make(state.runner);
      await state.running.start();
    },
    async ready() {
      await state.running?.ready();
      if (!isCeph(state)) state.sessions = await givesSessions(address());
    },
    stop: async () => state.running?.stop(),
    pid: () => state.running?.pid(),
    kill: (signal) => state.running?.kill(signal),
  };
}

/** On an existing server only the bucket is ours. */
function externalServer(address: () => ObjectStoreAddress, state: State): Runs {
  return {
    present: async () => true,
    install: async () => {},
    start: async () => {},
    async ready() {
      await ensureBucket(address());
      if (address().backend === "minio") state.sessions = await givesSessions(address());
    },
    stop: async () => {},
    pid: () => undefined,
    kill: () => {},
  };
}

function ownAddress({ port, secrets }: ObjectStoreOptions, runner: StoreRunner | null): ObjectStoreAddress {
  const common = { endpoint: `http://${HOST}:${port}`, bucket: BUCKET, region: "us-east-1" };
  const keys = { accessKeyId: PLATFORM_KEY_ID, secretAccessKey: secrets.platform };
  if (runner?.kind !== "ceph") return { ...common, ...keys, backend: "minio" };
  return { ...common, ...keys, backend: "ceph", principalArn: `arn:aws:iam:::user/${PLATFORM_USER}` };
}

/** One bucket belongs to one registry, so each data directory has its own bucket on a shared server. */
function foreignBucket(secret: string): string {
  return `${BUCKET}-${createHash("sha256").update(`bucket|${secret}`).digest("hex").slice(0, HASH_LENGTH)}`;
}

function bridgeVariables(address: ObjectStoreAddress, sessions: boolean): Record<string, string> {
  const { principalArn, roleArn, accountId } = address;
  return {
    OBJECT_STORE_BACKEND: address.backend,
    OBJECT_STORE_ENDPOINT: address.endpoint,
    OBJECT_STORE_REGION: address.region,
    OBJECT_STORE_BUCKET: address.bucket,
    OBJECT_STORE_ACCESS_KEY_ID: address.accessKeyId,
    OBJECT_STORE_SECRET_ACCESS_KEY: address.secretAccessKey,
    OBJECT_STORE_MAX_TENANTS: String(MAX_TENANTS),
    ...(principalArn === undefined ? {} : { OBJECT_STORE_PRINCIPAL_ARN: principalArn }),
    ...(roleArn === undefined ? {} : { OBJECT_STORE_ROLE_ARN: roleArn }),
    ...(accountId === undefined ? {} : { OBJECT_STORE_ACCOUNT_ID: accountId }),
    ...(sessions ? {} : { OBJECT_STORE_MODE: "broker" }),
  };
}

function workerVariables(
  { backend, endpoint, region, bucket }: ObjectStoreAddress,
  { accessKeyId, secretAccessKey }: Keys,
): Record<string, string> {
  return {
    OBJECT_STORE_BACKEND: backend,
    OBJECT_STORE_ENDPOINT: endpoint,
    OBJECT_STORE_REGION: region,
    OBJECT_STORE_BUCKET: bucket,
    OBJECT_STORE_ACCESS_KEY_ID: accessKeyId,
    OBJECT_STORE_SECRET_ACCESS_KEY: secretAccessKey,
  };
}
