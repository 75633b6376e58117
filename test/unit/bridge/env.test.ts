import { expect, test } from "vitest";
import { ENGINE_ENTRIES } from "../../../provisioner-bridge/engines/all.ts";
import { mongodbVariables } from "../../../provisioner-bridge/engines/mongodb/configuration.ts";
import { postgresVariables } from "../../../provisioner-bridge/engines/postgres/configuration.ts";
import { redisVariables } from "../../../provisioner-bridge/engines/redis/configuration.ts";
import { EnvironmentError, readEnv } from "../../../provisioner-bridge/env.ts";
import { createLog } from "../../../provisioner-bridge/log.ts";
import { systemClock } from "../../../provisioner-bridge/ports/clock.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";

const SERVER = {
  id: "pg-1",
  admin_url: "postgres://postgres:canary@127.0.0.1:5442/postgres",
  public_host: "db.example.com",
  public_port: 5432,
  internal_host: "10.0.0.5",
  internal_port: 5432,
  max_databases: 100,
  connection_oversubscription: 10,
};
const GOOD = {
  BRIDGE_ID: "bridge-1",
  BRIDGE_REGISTRY_URL: "postgres://postgres:canary@127.0.0.1:5443/instanode_registry",
  BRIDGE_SECRETS: JSON.stringify([{ id: "s1", secret: Buffer.alloc(32, 7).toString("base64url") }]),
  BRIDGE_JOB_JWKS: JSON.stringify({ keys: [{ kty: "OKP", crv: "Ed25519", x: "abc", kid: "k1" }] }),
  BRIDGE_POSTGRES_SERVERS: JSON.stringify([SERVER]),
  BRIDGE_REPORT_URL: "https://api.example.com/",
  BRIDGE_SIGNING_KEYS: JSON.stringify({ keys: [{ kty: "OKP", crv: "Ed25519", kid: "r1", x: "abc", d: "canary" }] }),
};

const REDIS = {
  id: "redis-1",
  admin_url: "rediss://instanode:canary@127.0.0.1:6389",
  public_host: "redis.example.com",
  public_port: 6379,
  internal_host: "10.0.0.6",
  internal_port: 6379,
  max_tenants: 100,
};

const MONGODB = {
  id: "mongodb-1",
  admin_url: "mongodb://root:canary@10.0.0.6:27017,10.0.0.7:27017/?replicaSet=rs0",
  public_host: "mongo.example.com",
  public_port: 27017,
  internal_host: "10.0.0.6",
  internal_port: 27017,
  max_databases: 100,
  connection_oversubscription: 10,
};

/** The complaints about an environment, by variable. */
function complaints(changes: Record<string, string | undefined>): string {
  try {
    readEnv({ ...GOOD, ...changes });
    return "";
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
}

test("a good environment is read, with its defaults", () => {
  const env = readEnv({ ...GOOD, BRIDGE_TLS_CERT_FILE: "" });
  expect([env.BRIDGE_HOST, env.BRIDGE_PORT, env.BRIDGE_ENVIRONMENT, env.LOG_LEVEL]).toEqual(["127.0.0.1", 8788, "production", "info"]);
  expect(env.BRIDGE_SECRETS[0]?.secret.length).toBe(32);
  expect(postgresVariables.parse(GOOD).BRIDGE_POSTGRES_SERVERS[0]).toMatchObject({ admin_connections: 3, readiness_reserve: 5 });
});

test("an engine without servers has none; one with servers has its defaults", () => {
  expect(redisVariables.parse(GOOD).BRIDGE_REDIS_SERVERS).toEqual([]);
  const env = redisVariables.parse({ ...GOOD, BRIDGE_REDIS_SERVERS: JSON.stringify([REDIS]) });
  expect(env.BRIDGE_REDIS_SERVERS).toEqual([{ ...REDIS, tls: false, memory_oversubscription: 1 }]);
});

test("a MongoDB of several hosts is read, with its defaults; without the variable there is none", () => {
  expect(mongodbVariables.parse(GOOD).BRIDGE_MONGODB_SERVERS).toEqual([]);
  const [server] = mongodbVariables.parse({
    ...GOOD,
    BRIDGE_MONGODB_SERVERS: JSON.stringify([{ ...MONGODB, url_options: { tls: "true" } }]),
  }).BRIDGE_MONGODB_SERVERS;
  expect(server).toMatchObject({ url_options: { tls: "true" }, admin_connections: 3, readiness_reserve: 5, disk_free_min_percent: 10 });
});

test("keys may come from an address", () => {
  expect(readEnv({ ...GOOD, BRIDGE_JOB_JWKS: "https://api.example.com/jwks.json" }).BRIDGE_JOB_JWKS).toBeInstanceOf(URL);
});

test("every mistake is listed in one go, and no value is shown", () => {
  const text = complaints({ BRIDGE_ID: undefined, BRIDGE_SECRETS: "[canary", BRIDGE_JOB_JWKS: "canary", BRIDGE_PORT: "http" });
  for (const name of ["BRIDGE_ID", "BRIDGE_SECRETS", "BRIDGE_JOB_JWKS", "BRIDGE_PORT"]) expect(text).toContain(`- ${name}`);
  expect(text).toContain("BRIDGE_ID: is missing");
  expect(text).not.toContain("canary");
});

test.each([
  ["a short secret", { BRIDGE_SECRETS: JSON.stringify([{ id: "s1", secret: "c2hvcnQ" }]) }, "BRIDGE_SECRETS"],
  ["two secrets of one id", { BRIDGE_SECRETS: JSON.stringify([0, 0].map(() => JSON.parse(GOOD.BRIDGE_SECRETS)[0])) }, "ids must differ"],
  ["an unknown field of a server", { BRIDGE_POSTGRES_SERVERS: JSON.stringify([{ ...SERVER, maxdb: 1 }]) }, "BRIDGE_POSTGRES_SERVERS"],
  ["an engine's server with another engine's URL", { BRIDGE_REDIS_SERVERS: JSON.stringify([SERVER]) }, "BRIDGE_REDIS_SERVERS"],
  [
    "an administrator's URL of another server",
    { BRIDGE_MONGODB_SERVERS: JSON.stringify([{ ...MONGODB, admin_url: "postgres://x" }]) },
    "BRIDGE_MONGODB_SERVERS",
  ],
  [
    "an option that is none",
    { BRIDGE_MONGODB_SERVERS: JSON.stringify([{ ...MONGODB, url_options: { "a&b": "c" } }]) },
    "BRIDGE_MONGODB_SERVERS",
  ],
  ["another database's URL", { BRIDGE_REGISTRY_URL: "mysql://localhost/x" }, "BRIDGE_REGISTRY_URL"],
  ["a bridge that reports to nobody", { BRIDGE_REPORT_URL: undefined }, "BRIDGE_REPORT_URL"],
  ["reports that nobody signs", { BRIDGE_SIGNING_KEYS: undefined }, "BRIDGE_SIGNING_KEYS"],
  [
    "a signing key without its private half",
    { BRIDGE_SIGNING_KEYS: '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"r1","x":"abc"}]}' },
    "BRIDGE_SIGNING_KEYS",
  ],
  [
    "an object store without its bucket",
    { OBJECT_STORE_BACKEND: "s3", OBJECT_STORE_ENDPOINT: "https://x" },
    "OBJECT_STORE_BUCKET: is missing",
  ],
  ["half a TLS configuration", { BRIDGE_TLS_CERT_FILE: "/etc/tls.crt" }, "BRIDGE_TLS_KEY_FILE"],
  ["a fault hook outside development", { FAULT_HOOK_URL: "http://127.0.0.1:1" }, "for development only"],
])("%s is refused", (_, changes, expected) => {
  expect(complaints(changes)).toContain(expected);
});

test("a fault hook is taken in development", () => {
  expect(readEnv({ ...GOOD, BRIDGE_ENVIRONMENT: "development", FAULT_HOOK_URL: "http://127.0.0.1:1" }).FAULT_HOOK_URL).toBeDefined();
});

test("an engine is registered as pooled exactly when its tenants can be proved again", () => {
  const nothing = () => {};
  const deps = { registryId: "r", random: systemRandom, clock: systemClock, log: createLog("silent") };
  const callbacks = { returned: nothing, pressure: nothing, measured: async () => {} };
  for (const { name, configuration, isPooled } of ENGINE_ENTRIES) {
    const engine = configuration.parse({})({ ...deps, ...callbacks });
    expect([engine.engine, engine.pooling !== undefined], name).toEqual([name, isPooled]);
  }
});

test("mistakes of several engines and of the bridge itself are listed in one go, each with its variable", () => {
  const text = complaints({ BRIDGE_ID: undefined, BRIDGE_REDIS_SERVERS: "[canary", BRIDGE_NATS_SERVERS: "{}" });
  for (const name of ["BRIDGE_ID", "BRIDGE_REDIS_SERVERS", "BRIDGE_NATS_SERVERS"]) expect(text).toContain(`- ${name}`);
  expect(text).not.toContain("canary");
});
