/** The only reader of the environment. Everything is checked once, at start, and every mistake is listed in one go. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { engineSchema } from "../contract/engines.ts";
import { decryptionJwkSchema } from "../contract/operations.ts";
import { READINESS_CACHE_MS } from "../contract/readiness.ts";
import { privateJwkSchema } from "../contract/signed-message.ts";
import { ENGINE_ENTRIES, POOLED_ENGINES } from "./engines/all.ts";
import { hasUniqueIds, json, keySchema, portSchema } from "./engines/configuration.ts";
import type { EngineEntry, MakeEngine } from "./engines/entry.ts";
import { ingressSchema } from "./ingress/haproxy/proxy.ts";
import { runnerSchema } from "./services/docker/configuration.ts";
import { egressSchema } from "./services/docker/egress.ts";
import type { FirewallOptions } from "./services/docker/firewall.ts";

const secretSchema = z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/), secret: keySchema });
export type BridgeSecret = z.infer<typeof secretSchema>;

const POOL_MAX = 1_000;
const poolSize = z.number().int().min(0).max(POOL_MAX);
const poolBoundsSchema = z.strictObject({ min: poolSize, max: poolSize }).refine(({ min, max }) => min <= max, "min must not exceed max");

const BUILDS_MAX = 64;

const jwksSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })).min(1) });

/** What the firewall lets apps and builds reach beside public addresses, such as "10.0.0.5:5432,10.0.0.2:53/udp". */
const egressVariables = { APP_EGRESS_ALLOW: egressSchema.prefault(""), BUILD_EGRESS_ALLOW: egressSchema.prefault("") };
const firewallSchema = z.object({ ...egressVariables, BRIDGE_RUNNER: json(runnerSchema) });

const envSchema = z
  .object({
    BRIDGE_ENVIRONMENT: z.enum(["development", "production"]).default("production"),
    BRIDGE_ID: z.string().regex(/^[a-z0-9-]{1,64}$/),
    BRIDGE_HOST: z.string().default("127.0.0.1"),
    BRIDGE_PORT: portSchema.default(8788),
    BRIDGE_REGISTRY_URL: z.url({ protocol: /^postgres(ql)?$/ }),
    /** The first derives new tenants' passwords, all derive old ones. */
    BRIDGE_SECRETS: json(z.array(secretSchema).min(1).refine(hasUniqueIds, "ids must differ")),
    BRIDGE_JOB_JWKS: z.union([z.url({ protocol: /^https?$/ }).transform((text) => new URL(text)), json(jwksSchema)], {
      error: "must be an http(s) URL or a JWKS with kid in every key",
    }),
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
    BRIDGE_POOL_START_SECONDS: z.coerce.number().int().min(0).max(300).default(3),
    BRIDGE_READINESS_SECONDS: z.coerce
      .number()
      .int()
      .min(1)
      .max(60)
      .default(READINESS_CACHE_MS / 1_000),
    BRIDGE_RECONCILE_SECONDS: z.coerce.number().int().min(5).default(60),
    /** Opens the plans of operations. All keys are tried by their `kid`. */
    BRIDGE_DECRYPTION_KEYS: json(z.object({ keys: z.array(decryptionJwkSchema).min(1) })).optional(),
    /** The HAProxy in front of the apps. Without one, routes are recorded only. */
    BRIDGE_INGRESS: json(ingressSchema).optional(),
    /** The container engine that builds and runs apps. Without one, deploys are refused and everything else works. */
    BRIDGE_RUNNER: json(runnerSchema).optional(),
    /** The folder of uploaded sources and build logs. */
    /** The folder of uploaded sources and build logs. */
    BRIDGE_DATA_DIR: z.string().optional(),
    ...egressVariables,
    /** Uploads are refused while less of the disk with BRIDGE_DATA_DIR is free. */
    BRIDGE_DATA_DISK_FREE_MIN_PERCENT: z.coerce.number().min(0).max(100).default(10),
    /** How many builds run at once. */
    BRIDGE_BUILDS: z.coerce.number().int().min(1).max(BUILDS_MAX).default(2),
    /** How long a build may take. */
    BRIDGE_BUILD_SECONDS: z.coerce.number().int().min(5).max(3_600).default(600),
    /** What one RUN step of a build may write. */
    BRIDGE_BUILD_DISK_MB: z.coerce.number().int().min(64).default(4_096),
    /** How long an operation of a crashed bridge waits before it goes on. */
    BRIDGE_LEASE_SECONDS: z.coerce.number().int().min(1).max(300).default(15),
    /** How long a new release may take to answer on its port. */
    BRIDGE_PROBE_SECONDS: z.coerce.number().int().min(1).max(600).default(60),
    /** How long the release before keeps running after the route has moved. */
    BRIDGE_DRAIN_SECONDS: z.coerce.number().int().min(0).max(300).default(10),
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
  .refine((env) => env.BRIDGE_RUNNER?.isolation !== "unchecked" || env.BRIDGE_ENVIRONMENT === "development", {
    path: ["BRIDGE_RUNNER"],
    message: "isolation: unchecked is for development only",
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
  });
/** `engines`: how each registered engine is made from its own variables. */
export type BridgeEnv = z.infer<typeof envSchema> & { engines: readonly MakeEngine[] };

export class EnvironmentError extends Error {
  constructor(complaints: readonly string[]) {
    super(`The bridge cannot start with this environment:\n${complaints.map((line) => `  - ${line}`).join("\n")}`);
    this.name = "EnvironmentError";
  }
}

/**
 * Reads and checks the bridge's variables, and those of its engines.
 * @param entries the registered engines; tests give others
 * @throws EnvironmentError that names every variable in trouble and no value
 */
export function readEnv(
  source: Record<string, string | undefined> = process.env,
  entries: readonly EngineEntry[] = ENGINE_ENTRIES,
): BridgeEnv {
  const given = givenIn(source);
  const own = envSchema.safeParse(given);
  const configured = entries.map(({ configuration }) => configuration.safeParse(given));
  const issues = [own, ...configured].flatMap(({ error }) => error?.issues ?? []);
  if (own.success && issues.length === 0) return { ...own.data, engines: configured.flatMap(({ data }) => data ?? []) };
  throw complaintOf(given, issues);
}

/** What the firewall of this bridge's containers follows from. @throws EnvironmentError */
export function readFirewallEnv(source: Record<string, string | undefined> = process.env): FirewallOptions {
  const given = givenIn(source);
  const { data, error } = firewallSchema.safeParse(given);
  if (data === undefined) throw complaintOf(given, error.issues);
  const { prefix, subnets } = data.BRIDGE_RUNNER;
  return { prefix, subnets, apps: data.APP_EGRESS_ALLOW, builds: data.BUILD_EGRESS_ALLOW };
}

/** An empty variable is an absent one: that is how shells and unit files unset a default. */
function givenIn(source: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
}

function complaintOf(given: Record<string, unknown>, issues: readonly z.core.$ZodIssue[]): EnvironmentError {
  return new EnvironmentError(issues.map(({ path, message }) => `${path.join(".")}: ${isAbsent(given, path) ? "is missing" : message}`));
}

function isAbsent(given: Record<string, unknown>, path: readonly PropertyKey[]): boolean {
  return path.length === 1 && !(String(path[0]) in given);
}

/** The certificate and key of the listener; null when it speaks plain HTTP on loopback or in a private tunnel. */
export function readTls(env: BridgeEnv): { cert: Buffer; key: Buffer } | null {
  if (env.BRIDGE_TLS_CERT_FILE === undefined || env.BRIDGE_TLS_KEY_FILE === undefined) return null;
  return { cert: readFileSync(env.BRIDGE_TLS_CERT_FILE), key: readFileSync(env.BRIDGE_TLS_KEY_FILE) };
}
