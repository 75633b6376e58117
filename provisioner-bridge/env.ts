/** The only reader of the environment. Everything is checked once, at start, and every mistake is listed in one go. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { engineSchema } from "../contract/names.ts";
import { privateJwkSchema } from "../contract/signed-message.ts";
import { missingOfObjectStore, objectStoreVariables } from "./env-object-store.ts";
import { POOLED_ENGINES } from "./pool/engines.ts";

const SECRET_BYTES = 32;
const PORT_MAX = 65_535;

const port = z.coerce.number().int().min(0).max(PORT_MAX);

/** Parses a variable that holds JSON; the text itself never appears in a complaint. */
function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

const keySchema = z
  .base64url()
  .transform((text) => Buffer.from(text, "base64url"))
  .refine((bytes) => bytes.length === SECRET_BYTES, `must be ${SECRET_BYTES} bytes`);

const secretSchema = z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/), secret: keySchema });
export type BridgeSecret = z.infer<typeof secretSchema>;

/** PostgreSQL's own default of `superuser_reserved_connections`; a full server still admits this many of ours. */
const ADMIN_CONNECTIONS_DEFAULT = 3;
/** Slots that no tenant is counted into, so that a readiness check finds room. */
const READINESS_RESERVE_DEFAULT = 5;

export const postgresServerSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** A superuser's URL. Its database is where locks are taken: the same for every bridge that uses the server. */
  admin_url: z.url({ protocol: /^postgres(ql)?$/ }),
  public_host: z.string().min(1),
  public_port: port,
  internal_host: z.string().min(1),
  internal_port: port,
  sslmode: z.enum(["disable", "require", "verify-full"]).optional(),
  max_databases: z.number().int().min(1),
  /** How often each connection slot may be promised: tenants rarely use all of theirs at once. */
  connection_oversubscription: z.number().min(1),
  admin_connections: z.number().int().min(1).default(ADMIN_CONNECTIONS_DEFAULT),
  readiness_reserve: z.number().int().min(1).default(READINESS_RESERVE_DEFAULT),
  /** How CREATE DATABASE copies the template; the server's default (WAL_LOG) when absent. */
  strategy: z.enum(["WAL_LOG", "FILE_COPY"]).optional(),
  /** Where the server keeps its data, if this machine can see it. */
  disk_path: z.string().min(1).optional(),
  disk_free_min_percent: z.number().min(0).max(100).default(10),
});
export type PostgresServerConfig = z.infer<typeof postgresServerSchema>;

/** How often each MiB of `maxmemory` may be promised, unless the server's entry says otherwise. */
const MEMORY_OVERSUBSCRIPTION_DEFAULT = 1;

export const redisServerSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** An administrator's URL: a user who may do everything, not `default`. */
  admin_url: z.url({ protocol: /^rediss?$/ }),
  public_host: z.string().min(1),
  public_port: port,
  internal_host: z.string().min(1),
  internal_port: port,
  /** Tenants connect with TLS: their URLs say `rediss`. */
  tls: z.boolean().default(false),
  max_tenants: z.number().int().min(1),
  /** Tenants rarely fill what their tier allows them. */
  memory_oversubscription: z.number().min(1).default(MEMORY_OVERSUBSCRIPTION_DEFAULT),
});
export type RedisServerConfig = z.infer<typeof redisServerSchema>;

/** How many connections of ours may prove tenants at the same time; no tenant is counted into them. */
const NATS_READINESS_RESERVE_DEFAULT = 10;
const NATS_KEPT_BACK_PERCENT_DEFAULT = 10;

export const natsServerSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  public_host: z.string().min(1),
  public_port: port,
  internal_host: z.string().min(1),
  internal_port: port,
  /** Without it the server is open to everybody, and tenants are told so: `auth_mode` is "legacy_open". */
  operator: z
    .strictObject({
      /** The operator's key, or one of its signing keys ("SO…"). */
      seed: z.string(),
      /** What the accounts' own keys come from. It never changes while a tenant lives. */
      account_secret: keySchema,
      /** A user of the system account: its JWT, and its seed ("SU…"). */
      system_jwt: z.jwt(),
      system_seed: z.string(),
    })
    .optional(),
  max_accounts: z.number().int().min(1),
  /** How often each connection the server takes may be promised. */
  connection_oversubscription: z.number().min(1),
  /** Of the storage the server has to promise (`max_file`), this part is not for new tenants but for those whose limit is raised. */
  storage_kept_back_percent: z.number().min(0).max(99).default(NATS_KEPT_BACK_PERCENT_DEFAULT),
  readiness_reserve: z.number().int().min(1).default(NATS_READINESS_RESERVE_DEFAULT),
  /** Where the server keeps its streams, if this machine can see it. */
  disk_path: z.string().min(1).optional(),
  disk_free_min_percent: z.number().min(0).max(100).default(10),
});
export type NatsServerConfig = z.infer<typeof natsServerSchema>;

/** What tenants need to know beside the address, e.g. `{"tls":"true"}` or `{"replicaSet":"rs0"}`. */
const urlOptionsSchema = z.record(z.string().regex(/^[A-Za-z]+$/), z.string().min(1));

export const mongodbServerSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** A user's with the role `root`. Not parsed as a URL: it may name several hosts. */
  admin_url: z.string().regex(/^mongodb(\+srv)?:\/\/\S+$/),
  public_host: z.string().min(1),
  public_port: port,
  internal_host: z.string().min(1),
  internal_port: port,
  url_options: urlOptionsSchema.default({}),
  /** Their users are listed in one answer of at most 16 MB. */
  max_databases: z.number().int().min(1).max(20_000),
  /** How often each connection may be promised: tenants rarely use all of theirs at once. */
  connection_oversubscription: z.number().min(1),
  admin_connections: z.number().int().min(1).default(ADMIN_CONNECTIONS_DEFAULT),
  readiness_reserve: z.number().int().min(1).default(READINESS_RESERVE_DEFAULT),
  /** Of the disk the server says it has. */
  disk_free_min_percent: z.number().min(0).max(100).default(10),
});
export type MongodbServerConfig = z.infer<typeof mongodbServerSchema>;

const POOL_MAX = 1_000;
const poolSize = z.number().int().min(0).max(POOL_MAX);
const poolBoundsSchema = z.strictObject({ min: poolSize, max: poolSize }).refine(({ min, max }) => min <= max, "min must not exceed max");

const jwksSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })).min(1) });

function unique(values: readonly { id: string }[]): boolean {
  return new Set(values.map((value) => value.id)).size === values.length;
}

/** The servers of one engine as a JSON list; none when the variable is absent. */
function servers<T extends z.ZodType<{ id: string }>>(server: T) {
  return json(z.array(server).refine(unique, "ids must differ")).prefault("[]");
}

const envSchema = z
  .object({
    BRIDGE_ENVIRONMENT: z.enum(["development", "production"]).default("production"),
    BRIDGE_ID: z.string().regex(/^[a-z0-9-]{1,64}$/),
    BRIDGE_HOST: z.string().default("127.0.0.1"),
    BRIDGE_PORT: port.default(8788),
    BRIDGE_REGISTRY_URL: z.url({ protocol: /^postgres(ql)?$/ }),
    /** The first derives new tenants' passwords, all derive old ones. */
    BRIDGE_SECRETS: json(z.array(secretSchema).min(1).refine(unique, "ids must differ")),
    BRIDGE_JOB_JWKS: z.union([z.url({ protocol: /^https?$/ }).transform((text) => new URL(text)), json(jwksSchema)], {
      error: "must be an http(s) URL or a JWKS with kid in every key",
    }),
    BRIDGE_POSTGRES_SERVERS: servers(postgresServerSchema),
    ...objectStoreVariables,
    BRIDGE_REDIS_SERVERS: servers(redisServerSchema),
    BRIDGE_NATS_SERVERS: servers(natsServerSchema),
    BRIDGE_MONGODB_SERVERS: servers(mongodbServerSchema),
    /** The Worker's address. Without one nothing is metered: development only. */
    BRIDGE_REPORT_URL: z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/+$/, ""))
      .optional(),
    /** The first signs reports; the Worker knows the public halves of all. */
    BRIDGE_SIGNING_KEYS: json(z.object({ keys: z.tuple([privateJwkSchema], privateJwkSchema) })).optional(),
    BRIDGE_METERING_SECONDS: z.coerce.number().int().min(1).default(60),
    /** How many tenants each engine may have ready-made, e.g. {"postgres":{"min":5,"max":50}}; none for an engine that is not named. */
    BRIDGE_POOLS: json(z.partialRecord(engineSchema.extract(POOLED_ENGINES), poolBoundsSchema)).prefault("{}"),
    BRIDGE_RECONCILE_SECONDS: z.coerce.number().int().min(5).default(60),
    BRIDGE_TLS_CERT_FILE: z.string().optional(),
    BRIDGE_TLS_KEY_FILE: z.string().optional(),
    LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
    COMMIT_ID: z.string().default("unknown"),
    BUILD_TIME: z.string().default("unknown"),
    FAULT_HOOK_URL: z.url().optional(),
  })
  .refine((env) => env.FAULT_HOOK_URL === undefined || env.BRIDGE_ENVIRONMENT === "development", {
    path: ["FAULT_HOOK_URL"],
    message: "is for development only",
  })
  .refine((env) => env.BRIDGE_REPORT_URL !== undefined || env.BRIDGE_ENVIRONMENT === "development", {
    path: ["BRIDGE_REPORT_URL"],
    message: "is needed: without it no limit of size is kept",
  })
  .refine((env) => env.BRIDGE_REPORT_URL === undefined || env.BRIDGE_SIGNING_KEYS !== undefined, {
    path: ["BRIDGE_SIGNING_KEYS"],
    message: "is needed to sign what goes to BRIDGE_REPORT_URL",
  })
  .refine((env) => (env.BRIDGE_TLS_CERT_FILE === undefined) === (env.BRIDGE_TLS_KEY_FILE === undefined), {
    path: ["BRIDGE_TLS_CERT_FILE"],
    message: "needs BRIDGE_TLS_KEY_FILE, and the reverse",
  })
  .superRefine((env, context) => {
    for (const name of missingOfObjectStore(env)) context.addIssue({ code: "custom", path: [name], message: "is missing" });
  });
export type BridgeEnv = z.infer<typeof envSchema>;

export class EnvironmentError extends Error {
  constructor(complaints: readonly string[]) {
    super(`The bridge cannot start with this environment:\n${complaints.map((line) => `  - ${line}`).join("\n")}`);
    this.name = "EnvironmentError";
  }
}

/**
 * Reads and checks the bridge's variables.
 * @throws EnvironmentError that names every variable in trouble and no value
 */
export function readEnv(source: Record<string, string | undefined> = process.env): BridgeEnv {
  // An empty variable is an absent one: that is how shells and unit files unset a default.
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = envSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new EnvironmentError(
    parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${isAbsent(given, path) ? "is missing" : message}`),
  );
}

function isAbsent(given: Record<string, unknown>, path: readonly PropertyKey[]): boolean {
  return path.length === 1 && !(String(path[0]) in given);
}

/** The certificate and key of the listener; null when it speaks plain HTTP on loopback or in a private tunnel. */
export function readTls(env: BridgeEnv): { cert: Buffer; key: Buffer } | null {
  if (env.BRIDGE_TLS_CERT_FILE === undefined || env.BRIDGE_TLS_KEY_FILE === undefined) return null;
  return { cert: readFileSync(env.BRIDGE_TLS_CERT_FILE), key: readFileSync(env.BRIDGE_TLS_KEY_FILE) };
}
