/** Every secret and key of one local stack: generated once, kept in its data directory, never printed. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { exportJWK, generateKeyPair } from "jose";
import { z } from "zod";
import { MESSAGE_ALGORITHM, privateJwkSchema } from "../contract/signed-message.ts";
import { generateNatsSecrets } from "./nats/operator.ts";

const SECRET_BYTES = 32;
const KID_BYTES = 4;
const OWNER_ONLY = 0o600;

const privateKeySchema = privateJwkSchema.extend({ alg: z.literal(MESSAGE_ALGORITHM), use: z.literal("sig") });
const keySetSchema = z.object({ keys: z.array(privateKeySchema).min(1) });
export type PrivateKeySet = z.infer<typeof keySetSchema>;

const secretsSchema = z.object({
  jobSigningKeys: keySetSchema,
  tokenSigningKeys: keySetSchema,
  /** Of the bridge, for its reports. */
  bridgeSigningKeys: keySetSchema,
  encryptionKeys: z.array(z.object({ kid: z.string(), key: z.string() })).min(1),
  tokenHmacKey: z.string(),
  fingerprintKey: z.string(),
  brevoWebhookSecret: z.string(),
  bridgeSecrets: z.array(z.object({ id: z.string(), secret: z.string() })).min(1),
  /** Of the superusers of the two PostgreSQL clusters. */
  tenantSuperuserPassword: z.string(),
  platformSuperuserPassword: z.string(),
  /** Of the roles that own the two databases on the platform's server. */
  platformPassword: z.string(),
  registryPassword: z.string(),
  /** Of the NATS server's operator, its system account and that account's user; and what tenants' accounts come from. */
  natsOperatorSeed: z.string(),
  natsSystemAccountSeed: z.string(),
  natsSystemUserSeed: z.string(),
  natsAccountSecret: z.string(),
  /** Of the tenants' Redis. */
  redisAdminPassword: z.string(),
  /** Of MongoDB's administrator. */
  mongodbPassword: z.string(),
  /** S3 secret keys: of the platform's user, and of the one that signs for tenants. */
  objectStorePlatformSecret: z.string(),
  objectStoreSignerSecret: z.string(),
});
export type Secrets = z.infer<typeof secretsSchema>;

/**
 * Reads `file`, or fills it with new ones. What a file of an older version lacks is added; what it has stays.
 * @throws ZodError when the file was tampered with
 */
export async function loadSecrets(file: string): Promise<Secrets> {
  const kept = existsSync(file) ? z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, "utf8"))) : {};
  if (Object.keys(secretsSchema.shape).every((name) => name in kept)) return secretsSchema.parse(kept);
  const whole = { ...(await generateSecrets()), ...kept };
  const draft = `${file}.new`;
  writeFileSync(draft, `${JSON.stringify(whole, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(draft, file);
  return secretsSchema.parse(whole);
}

/** The public half, as the bridge is given it: `d` is the private one. */
export function publicKeySet({ keys }: PrivateKeySet): { keys: Omit<PrivateKeySet["keys"][number], "d">[] } {
  return { keys: keys.map(({ d: _private, ...publicKey }) => publicKey) };
}

async function generateSecrets(): Promise<Secrets> {
  return {
    jobSigningKeys: await generateKeySet("job"),
    tokenSigningKeys: await generateKeySet("token"),
    bridgeSigningKeys: await generateKeySet("report"),
    encryptionKeys: [{ kid: `enc-${randomBytes(KID_BYTES).toString("hex")}`, key: randomSecret() }],
    tokenHmacKey: randomSecret(),
    fingerprintKey: randomSecret(),
    brevoWebhookSecret: randomSecret(),
    bridgeSecrets: [{ id: "s1", secret: randomSecret() }],
    tenantSuperuserPassword: randomSecret(),
    platformSuperuserPassword: randomSecret(),
    platformPassword: randomSecret(),
    registryPassword: randomSecret(),
    ...generateNatsSecrets(() => randomBytes(SECRET_BYTES)),
    redisAdminPassword: randomSecret(),
    mongodbPassword: randomSecret(),
    objectStorePlatformSecret: randomSecret(),
    objectStoreSignerSecret: randomSecret(),
  };
}

/** URL-safe, so it can stand in a connection URL as it is. */
const randomSecret = (): string => randomBytes(SECRET_BYTES).toString("base64url");

async function generateKeySet(purpose: string): Promise<PrivateKeySet> {
  const { privateKey } = await generateKeyPair(MESSAGE_ALGORITHM, { crv: "Ed25519", extractable: true });
  const kid = `${purpose}-${randomBytes(KID_BYTES).toString("hex")}`;
  return keySetSchema.parse({ keys: [{ ...(await exportJWK(privateKey)), alg: MESSAGE_ALGORITHM, use: "sig", kid }] });
}
