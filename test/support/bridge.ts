/** A bridge in the test's own process, with its own registry, job key and clock, spoken to over HTTP as the Worker does. */
import { randomBytes, randomUUID } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import pg from "pg";
import type { EngineName } from "../../contract/engines.ts";
import {
  type Access,
  JOB_CONTENT_TYPE,
  JOB_ISSUER,
  JOBS_PATH,
  type Job,
  jobIdFor,
  outcomeSchemas,
  type TenantLimits,
} from "../../contract/jobs.ts";
import { SERVICE_JOBS_PATH } from "../../contract/service-jobs.ts";
import { MESSAGE_ALGORITHM } from "../../contract/signed-message.ts";
import { type RunningBridge, startBridge } from "../../provisioner-bridge/bridge.ts";
import type { DeployParts } from "../../provisioner-bridge/deploys.ts";
import { ENGINE_ENTRIES } from "../../provisioner-bridge/engines/all.ts";
import { postgresEntry } from "../../provisioner-bridge/engines/postgres/index.ts";
import { TEMPLATE_CONTENT } from "../../provisioner-bridge/engines/postgres/template.ts";
import { readEnv } from "../../provisioner-bridge/env.ts";
import type { Fault } from "../../provisioner-bridge/faults.ts";
import { createLog } from "../../provisioner-bridge/log.ts";
import { type Clock, systemClock } from "../../provisioner-bridge/ports/clock.ts";
import { systemRandom } from "../../provisioner-bridge/ports/random.ts";
import type { TestPostgres } from "./postgres.ts";

export const BRIDGE_ID = "bridge-test";
export const KID = "job-key-1";
const JOB_SECONDS = 40;
const SECOND_MS = 1_000;
const SECRET_BYTES = 32;

/** Real time that can be moved forward. */
export type TestClock = Clock & { advance(ms: number): void };
export function createTestClock(): TestClock {
  let offset = 0;
  return {
    ...systemClock,
    now: () => new Date(Date.now() + offset),
    elapsedMs: () => performance.now() + offset,
    advance: (ms) => {
      offset += ms;
    },
  };
}

export type Answer = { status: number; headers: Headers; text: string; body: Record<string, unknown> };

export type TestBridge = {
  readonly bridge: RunningBridge;
  readonly url: string;
  readonly clock: TestClock;
  readonly key: CryptoKey;
  readonly registry: pg.Pool;
  /** Every line the bridge has logged. */
  readonly logs: string[];
  readonly env: Record<string, string>;
  sign(job: Job | { kind: string; args: unknown }, jti: string, claims?: Record<string, unknown>): Promise<string>;
  post(jws: string, headers?: Record<string, string>): Promise<Answer>;
  /** A job about a service. */
  postService(jws: string): Promise<Answer>;
  /** Signs and posts; the job id is the one the Worker would give unless told. */
  run(job: Job, jti?: string): Promise<Answer>;
  /** Bytes of the living tenants among these resources, as metering measures them. */
  measure(engine: EngineName, resourceIds: readonly string[]): Promise<Map<string, number>>;
  close(): Promise<void>;
};

export type TestBridgeOptions = {
  /** The tenants' PostgreSQL; left out where a file tests another engine (its servers then come in `env`). */
  postgres?: TestPostgres;
  /** Changes of the server's entry in BRIDGE_POSTGRES_SERVERS. */
  server?: Record<string, unknown>;
  /** Other variables. */
  env?: Record<string, string>;
  /** Where the registry lives; the tenants' PostgreSQL itself unless told. */
  registryServer?: TestPostgres;
  fault?: Fault;
  /** What runs apps, instead of what the variables configure. */
  parts?: Partial<DeployParts>;
  /** A second bridge on the registry, secrets and keys of another one. */
  like?: TestBridge;
};

export async function startTestBridge(options: TestBridgeOptions): Promise<TestBridge> {
  const { postgres, like } = options;
  const key = like?.key ?? (await generateKeyPair(MESSAGE_ALGORITHM, { extractable: true })).privateKey;
  const registryUrl = like?.env.BRIDGE_REGISTRY_URL ?? (await createDatabase(registryServerOf(options).url));
  const clock = createTestClock();
  const logs: string[] = [];
  const env: Record<string, string> = {
    ...(like?.env ?? (await baseEnv(key))),
    BRIDGE_REGISTRY_URL: registryUrl,
    ...options.env,
  };
  if (postgres !== undefined && (options.server !== undefined || like === undefined))
    Object.assign(env, postgresEnv(postgres, options.server));
  const log = createLog("debug", { write: (line) => void logs.push(line) });
  const templateContent =
    (postgres?.hasVector ?? true) ? TEMPLATE_CONTENT : TEMPLATE_CONTENT.filter((statement) => !statement.includes("vector"));
  const engines = ENGINE_ENTRIES.map((entry) => (entry.name === "postgres" ? postgresEntry(templateContent) : entry));
  const bridge = await startBridge(
    readEnv(env, engines),
    { clock, random: systemRandom, log },
    {
      ...(options.fault && { fault: options.fault }),
      ...(options.parts && { parts: options.parts }),
    },
  );
  const registry = new pg.Pool({ connectionString: registryUrl, max: 4 });
  registry.on("error", () => {});

  const sign: TestBridge["sign"] = ({ kind, args }, jti, claims = {}) => {
    const iat = Math.floor(clock.now().getTime() / SECOND_MS);
    const all = { iss: JOB_ISSUER, aud: BRIDGE_ID, iat, exp: iat + JOB_SECONDS, jti, kind, args, ...claims };
    return new SignJWT(all).setProtectedHeader({ alg: MESSAGE_ALGORITHM, kid: KID }).sign(key);
  };
  const postTo = async (path: string, jws: string, headers: Record<string, string> = {}): Promise<Answer> => {
    const init = { method: "POST", body: jws, headers: { "content-type": JOB_CONTENT_TYPE, ...headers } };
    const response = await fetch(bridge.url + path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
  };
  const post: TestBridge["post"] = (jws, headers) => postTo(JOBS_PATH, jws, headers);
  return {
    bridge,
    url: bridge.url,
    clock,
    key,
    registry,
    logs,
    env,
    sign,
    post,
    postService: (jws) => postTo(SERVICE_JOBS_PATH, jws),
    run: async (job, jti = defaultJobId(job)) => post(await sign(job, jti)),
    measure: (engine, resourceIds) => measure(bridge, registry, engine, resourceIds),
    close: async () => {
      await bridge.close();
      await registry.end();
    },
  };
}

async function measure(bridge: RunningBridge, registry: pg.Pool, name: EngineName, resourceIds: readonly string[]) {
  const { rows } = await registry.query<{ resource_id: string; server: string; name: string }>(
    "SELECT resource_id, server, name FROM tenants WHERE engine = $1 AND resource_id = ANY($2::uuid[]) AND state = 'active'",
    [name, resourceIds],
  );
  const engine = bridge.engines.find((one) => one.engine === name);
  const sizes = new Map<string, number>();
  for (const [server, tenants] of Map.groupBy(rows, (row) => row.server)) {
    const names = tenants.map((tenant) => tenant.name);
    const bytesOf = (await engine?.measure(server, names)) ?? new Map<string, number>();
    for (const tenant of tenants) {
      const bytes = bytesOf.get(tenant.name);
      if (bytes !== undefined) sizes.set(tenant.resource_id, bytes);
    }
  }
  return sizes;
}

function defaultJobId(job: Job): string {
  return "generation" in job.args ? jobIdFor(job.kind, job.args.resource_id, job.args.generation) : randomUUID();
}

function registryServerOf({ registryServer, postgres }: TestBridgeOptions): TestPostgres {
  const server = registryServer ?? postgres;
  if (server === undefined) throw new Error("the registry needs a PostgreSQL");
  return server;
}

/** A PostgreSQL as the bridge is told of it. */
export function postgresEnv(postgres: TestPostgres, changes: Record<string, unknown> = {}): Record<string, string> {
  return { BRIDGE_POSTGRES_SERVERS: JSON.stringify([serverEntry(postgres, changes)]) };
}

function serverEntry(postgres: TestPostgres, changes: Record<string, unknown>) {
  return {
    id: "pg-test",
    admin_url: postgres.url,
    public_host: "127.0.0.1",
    public_port: postgres.port,
    internal_host: "127.0.0.1",
    internal_port: postgres.port,
    sslmode: "disable",
    max_databases: 500,
    connection_oversubscription: 10,
    // The quicker one without fsync; the outage tests use the default.
    strategy: "FILE_COPY",
    ...changes,
  };
}

async function baseEnv(key: CryptoKey): Promise<Record<string, string>> {
  const { kty, crv, x } = await exportJWK(key);
  return {
    BRIDGE_ENVIRONMENT: "development",
    BRIDGE_ID,
    BRIDGE_PORT: "0",
    BRIDGE_SECRETS: JSON.stringify([{ id: "s1", secret: randomBytes(SECRET_BYTES).toString("base64url") }]),
    BRIDGE_JOB_JWKS: JSON.stringify({ keys: [{ kty, crv, x, kid: KID, alg: MESSAGE_ALGORITHM, use: "sig" }] }),
    BRIDGE_RECONCILE_SECONDS: "3600",
    BRIDGE_POOL_START_SECONDS: "0",
  };
}

/** An empty database. @returns its URL */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `registry_${randomBytes(6).toString("hex")}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export const LIMITS: TenantLimits = { connections: 2, storage_mb: 10 };
/** The changes of one engine's tenants, as the Worker asks for them. */
export const jobsOf = (engine: EngineName) => {
  const target = (resource_id: string, generation: number) => ({ engine, resource_id, generation });
  return {
    createJob: (id: string, generation = 1, limits = LIMITS): Job => ({ kind: "create", args: { ...target(id, generation), limits } }),
    dropJob: (id: string, generation = 2): Job => ({ kind: "drop", args: target(id, generation) }),
    rotateJob: (id: string, generation: number, rotation: number): Job => ({
      kind: "rotate",
      args: { ...target(id, generation), rotation },
    }),
    limitJob: (id: string, generation: number, limits: TenantLimits, access: Access = "full"): Job => ({
      kind: "limit",
      args: { ...target(id, generation), limits, access },
    }),
    grantJob: (id: string): Job => ({ kind: "grant", args: { engine, resource_id: id } }),
  };
};
export const { createJob, dropJob, rotateJob, limitJob, grantJob } = jobsOf("postgres");

/** The grant of a create's or rotate's answer. */
export function grantOf(answer: Answer) {
  const parsed = outcomeSchemas.rotate.safeParse(answer.body);
  if (!parsed.success) throw new Error(`no grant: ${answer.text}`);
  return parsed.data.grant;
}
