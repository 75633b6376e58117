/** The only place that reads the Worker's variables and secrets. They are checked once; an error names them, never their values. */
import { base64url } from "jose";
import { z } from "zod";
import { LEASE_MS } from "../contract/admission.ts";
import { httpUrl as plainHttpUrl } from "../contract/object-store.ts";
import { encryptionJwkSchema } from "../contract/operations.ts";
import { READINESS_CACHE_MS } from "../contract/readiness.ts";
import { privateJwkSchema, publicJwkSchema } from "../contract/signed-message.ts";
import { missingOfObjectStore, objectStoreOf, objectStoreVariables } from "./env-object-store.ts";

const KEY_BYTES = 32;

const httpUrl = plainHttpUrl.describe("an http(s) URL");
const optional = <T extends z.ZodType>(schema: T) => z.union([z.literal("").transform(() => null), schema]).default(null);
const SECOND_MS = 1_000;
/** Times that tests shorten; in milliseconds after reading. */
const seconds = (defaultMs: number, { min, max }: { min: number; max: number }) =>
  z.coerce
    .number()
    .int()
    .min(min)
    .max(max)
    .default(defaultMs / SECOND_MS)
    .transform((value) => value * SECOND_MS)
    .describe(`${min} to ${max} seconds`);
const ceiling = z.coerce.number().int().min(0).default(0).describe("a whole number; 0 switches it off");

const domains = z
  .string()
  .default("")
  .transform((text) => text.split(",").map((name) => name.trim().toLowerCase()))
  .pipe(z.array(z.string().regex(/^(?:[a-z0-9-]+\.)*[a-z0-9-]*$/)))
  .transform((names) => names.filter((name) => name !== ""))
  .describe("domain names, separated by commas, or empty");

/** 32 bytes in base64url. */
const keyBytes = z
  .base64url()
  .transform((text) => new Uint8Array(base64url.decode(text)))
  .refine((bytes) => bytes.length === KEY_BYTES)
  .describe("32 bytes in base64url");

/** JSON in a variable; what does not parse is undefined, which no schema behind it takes. */
const json = z.string().transform((text): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
});

const signingKeys = json
  .pipe(z.object({ keys: z.tuple([privateJwkSchema], privateJwkSchema) }))
  .transform(({ keys }) => keys)
  .describe('{"keys":[…]} with at least one private Ed25519 JWK that has a kid');

const publicKeys = json
  .pipe(z.object({ keys: z.array(publicJwkSchema).min(1) }))
  .transform(({ keys }) => keys)
  .describe('{"keys":[…]} with at least one public Ed25519 JWK that has a kid');

/** The first one encrypts; further ones may stand there while keys are changed. */
const planKeys = json
  .pipe(z.object({ keys: z.tuple([encryptionJwkSchema], encryptionJwkSchema) }))
  .transform(({ keys }) => keys)
  .describe('{"keys":[…]} with at least one public P-256 JWK that has a kid, or empty');

// The kid stands in every sealed text, between dots.
const encryptionKey = z.object({ kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), key: keyBytes });
const encryptionKeys = json
  .pipe(z.tuple([encryptionKey], encryptionKey))
  .describe('[{"kid":"…","key":"32 bytes in base64url"}], at least one');

const variables = z.object({
  ENVIRONMENT: z.enum(["development", "production"]).describe('"development" or "production"'),
  PUBLIC_URL: httpUrl,
  LOCAL_CALLER: z.enum(["true", "false", ""]).default("false").describe('"true" or "false"'),
  BRIDGE_URL: httpUrl,
  BRIDGE_ID: z.string().min(1).describe("the bridge's own BRIDGE_ID"),
  BRIDGE_REPORT_JWKS: publicKeys,
  BRIDGE_ENCRYPTION_JWKS: optional(planKeys),
  DEPLOYMENT_DOMAIN: optional(z.string().regex(/^[a-z0-9.-]+(?::\d{1,5})?$/)).describe(
    "a host name, with a port where it is not 443, or empty",
  ),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe("a postgres:// URL"),
  DATABASE_FETCH_ENDPOINT: optional(httpUrl).describe("an http(s) URL or empty"),
  JOB_SIGNING_KEYS: signingKeys,
  TOKEN_SIGNING_KEYS: signingKeys,
  ENCRYPTION_KEYS: encryptionKeys,
  TOKEN_HMAC_KEY: keyBytes,
  FINGERPRINT_KEY: keyBytes,
  ...objectStoreVariables,
  CLAIM_SCOPE: z.enum(["fingerprint", "token"]).default("fingerprint").describe('"fingerprint" or "token"'),
  MAIL_FROM: z.email().describe("the e-mail address mails come from"),
  BREVO_API_KEY: optional(z.string().min(1)).describe("an API key of Brevo, or empty"),
  BREVO_WEBHOOK_SECRET: z
    .string()
    .regex(/^[A-Za-z0-9_-]{32,}$/)
    .describe("at least 32 URL-safe characters"),
  CEILING_CREATES_PER_NETWORK: ceiling,
  CEILING_CREATES_PER_ASN: ceiling,
  CEILING_LIVE_ANONYMOUS: ceiling,
  OWN_DOMAINS: domains,
  ADMISSION_LEASE_SECONDS: seconds(LEASE_MS, { min: 10, max: 600 }),
  READINESS_CACHE_SECONDS: seconds(READINESS_CACHE_MS, { min: 1, max: 60 }),
  FAULT_HOOK_URL: optional(httpUrl).describe("an http(s) URL or empty"),
});

export type Config = ReturnType<typeof toConfig>;

function toConfig(vars: z.infer<typeof variables>) {
  return {
    environment: vars.ENVIRONMENT,
    publicUrl: vars.PUBLIC_URL,
    /** One machine behind no proxy: the client's address is taken as sent, and a request without one is the local caller. */
    localCaller: vars.LOCAL_CALLER === "true",
    bridgeUrl: vars.BRIDGE_URL,
    bridgeId: vars.BRIDGE_ID,
    /** The public keys the bridge's reports are signed with. */
    bridgeReportKeys: vars.BRIDGE_REPORT_JWKS,
    /** Null where a part of it is missing: deploys are then switched off. */
    deploys: deploysOf(vars),
    databaseUrl: vars.DATABASE_URL,
    databaseFetchEndpoint: vars.DATABASE_FETCH_ENDPOINT,
    jobSigningKeys: vars.JOB_SIGNING_KEYS,
    tokenSigningKeys: vars.TOKEN_SIGNING_KEYS,
    encryptionKeys: vars.ENCRYPTION_KEYS,
    tokenHmacKey: vars.TOKEN_HMAC_KEY,
    fingerprintKey: vars.FINGERPRINT_KEY,
    /** Null without one: storage is then switched off. */
    objectStore: objectStoreOf(vars),
    /** Ceilings against mass creation; 0 is off. */
    ceilings: {
      createsPerNetwork: vars.CEILING_CREATES_PER_NETWORK,
      createsPerAsn: vars.CEILING_CREATES_PER_ASN,
      liveAnonymous: vars.CEILING_LIVE_ANONYMOUS,
    },
    /** Whether a claim takes every resource of the fingerprint along, or only the one its token names. */
    claimScope: vars.CLAIM_SCOPE,
    mailFrom: vars.MAIL_FROM,
    /** Null: mails go into the local inbox; never in production. */
    brevoApiKey: vars.BREVO_API_KEY,
    brevoWebhookSecret: vars.BREVO_WEBHOOK_SECRET,
    /** Replays never go to these, nor to any name below them. */
    ownDomains: vars.OWN_DOMAINS,
    /** Of one attempt of a create. */
    lease: { holdMs: vars.ADMISSION_LEASE_SECONDS, resumeMs: vars.ADMISSION_LEASE_SECONDS },
    readinessCacheMs: vars.READINESS_CACHE_SECONDS,
    faultHookUrl: vars.FAULT_HOOK_URL,
  };
}

/** `planKey`: plans are encrypted to it. `domain`: a service's URL is `https://<app_id>.<domain>`. */
function deploysOf({ BRIDGE_ENCRYPTION_JWKS, DEPLOYMENT_DOMAIN }: z.infer<typeof variables>) {
  return BRIDGE_ENCRYPTION_JWKS === null || DEPLOYMENT_DOMAIN === null
    ? null
    : { planKey: BRIDGE_ENCRYPTION_JWKS[0], domain: DEPLOYMENT_DOMAIN };
}

export class ConfigError extends Error {
  constructor(complaints: string[]) {
    super(`the Worker's configuration is not usable: ${complaints.join("; ")}`);
    this.name = "ConfigError";
  }
}

const checked = new WeakMap<object, Config>();

/** @throws ConfigError that names every unusable variable and what it should be */
export function readConfig(env: unknown): Config {
  if (typeof env !== "object" || env === null) throw new ConfigError(["there is none"]);
  const config = checked.get(env) ?? parse(env);
  checked.set(env, config);
  return config;
}

function parse(env: object): Config {
  const parsed = variables.safeParse(env);
  if (!parsed.success) {
    const names = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
    throw new ConfigError([...names].map((name) => `${name} must be ${describe(name)}`));
  }
  const missing = missingOfObjectStore(parsed.data);
  if (missing.length > 0) throw new ConfigError(missing.map((name) => `${name} must be set, as OBJECT_STORE_BACKEND is`));
  const config = toConfig(parsed.data);
  if (config.environment === "production" && config.localCaller) {
    // Behind Cloudflare every request has an address; believing "none means local" would lift every limit.
    throw new ConfigError(["LOCAL_CALLER must not be true in production"]);
  }
  if (config.environment === "production" && config.brevoApiKey === null)
    throw new ConfigError([`BREVO_API_KEY must be ${describe("BREVO_API_KEY").replace(", or empty", "")} in production`]);
  if (config.environment === "production" && config.faultHookUrl !== null)
    throw new ConfigError(["FAULT_HOOK_URL must not be set in production"]);
  return config;
}

function describe(name: string): string {
  return (variables.shape as Record<string, z.ZodType>)[name]?.description ?? "set";
}
