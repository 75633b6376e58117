/** Every secret and key of one local stack: generated once, kept in its data directory, never printed. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { exportJWK, generateKeyPair } from "jose";
import { z } from "zod";
import { decryptionJwkSchema, type EncryptionJwk, encryptionJwkSchema } from "../contract/operations.ts";
import { MESSAGE_ALGORITHM, privateJwkSchema } from "../contract/signed-message.ts";
import { randomSecret } from "./engine-server-entry.ts";
import { ENGINE_SERVER_ENTRIES } from "./engine-servers.ts";

const KID_BYTES = 4;
const OWNER_ONLY = 0o600;

const privateKeySchema = privateJwkSchema.extend({ alg: z.literal(MESSAGE_ALGORITHM), use: z.literal("sig") });
const keySetSchema = z.object({ keys: z.array(privateKeySchema).min(1) });
export type PrivateKeySet = z.infer<typeof keySetSchema>;

const decryptionKeySetSchema = z.object({ keys: z.array(decryptionJwkSchema).min(1) });
export type DecryptionKeySet = z.infer<typeof decryptionKeySetSchema>;

const secretsSchema = z.object({
  jobSigningKeys: keySetSchema,
  tokenSigningKeys: keySetSchema,
  /** The bridge's keys, for its reports. */
  bridgeSigningKeys: keySetSchema,
  /** The bridge's keys, for the secrets in jobs. */
  bridgeDecryptionKeys: decryptionKeySetSchema,
  encryptionKeys: z.array(z.object({ kid: z.string(), key: z.string() })).min(1),
  tokenHmacKey: z.string(),
  fingerprintKey: z.string(),
  brevoWebhookSecret: z.string(),
  bridgeSecrets: z.array(z.object({ id: z.string(), secret: z.string() })).min(1),
  /** Of the superuser of the platform's PostgreSQL. */
  platformSuperuserPassword: z.string(),
  /** The owners of the two databases on the platform's server. */
  platformPassword: z.string(),
  registryPassword: z.string(),
});
/** `engines`: those that the engines' servers make for themselves, by name. */
export type Secrets = z.infer<typeof secretsSchema> & { engines: Readonly<Record<string, string>> };

/**
 * Reads `file`, or fills it with new secrets. Secrets that an older file lacks are added; the others stay.
 * @throws ZodError when the file was tampered with
 */
export async function loadSecrets(file: string): Promise<Secrets> {
  const kept = existsSync(file) ? z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, "utf8"))) : {};
  const ofEngines = makeEngineSecrets();
  const names = [...Object.keys(secretsSchema.shape), ...Object.keys(ofEngines)];
  if (names.every((name) => name in kept)) return parseSecrets(kept, ofEngines);
  const whole = { ...(await generateSecrets()), ...ofEngines, ...kept };
  const draft = `${file}.new`;
  writeFileSync(draft, `${JSON.stringify(whole, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(draft, file);
  return parseSecrets(whole, ofEngines);
}

function makeEngineSecrets(): Record<string, string> {
  return Object.assign({}, ...ENGINE_SERVER_ENTRIES.map((entry) => entry.makeSecrets()));
}

/** The file is flat; of what it holds beyond ours, only the engines' secrets are taken. */
function parseSecrets(file: Record<string, unknown>, ofEngines: Record<string, string>): Secrets {
  const engines = Object.fromEntries(Object.keys(ofEngines).map((name) => [name, z.string().parse(file[name])]));
  return { ...secretsSchema.parse(file), engines };
}

/** The public half, without the private `d`. */
export function publicKeySet({ keys }: PrivateKeySet): { keys: Omit<PrivateKeySet["keys"][number], "d">[] } {
  return { keys: keys.map(({ d: _private, ...publicKey }) => publicKey) };
}

/** The public half of the bridge's decryption keys, for the Worker. */
export function encryptionKeySet({ keys }: DecryptionKeySet): { keys: EncryptionJwk[] } {
  return { keys: keys.map((key) => encryptionJwkSchema.parse(key)) };
}

async function generateSecrets(): Promise<z.infer<typeof secretsSchema>> {
  return {
    jobSigningKeys: await generateKeySet("job"),
    tokenSigningKeys: await generateKeySet("token"),
    bridgeSigningKeys: await generateKeySet("report"),
    bridgeDecryptionKeys: await generateDecryptionKeys(),
    encryptionKeys: [{ kid: `enc-${randomBytes(KID_BYTES).toString("hex")}`, key: randomSecret() }],
    tokenHmacKey: randomSecret(),
    fingerprintKey: randomSecret(),
    brevoWebhookSecret: randomSecret(),
    bridgeSecrets: [{ id: "s1", secret: randomSecret() }],
    platformSuperuserPassword: randomSecret(),
    platformPassword: randomSecret(),
    registryPassword: randomSecret(),
  };
}

async function generateKeySet(purpose: string): Promise<PrivateKeySet> {
  const { privateKey } = await generateKeyPair(MESSAGE_ALGORITHM, { crv: "Ed25519", extractable: true });
  const kid = `${purpose}-${randomBytes(KID_BYTES).toString("hex")}`;
  return keySetSchema.parse({ keys: [{ ...(await exportJWK(privateKey)), alg: MESSAGE_ALGORITHM, use: "sig", kid }] });
}

async function generateDecryptionKeys(): Promise<DecryptionKeySet> {
  const { privateKey } = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
  const kid = `plan-${randomBytes(KID_BYTES).toString("hex")}`;
  return decryptionKeySetSchema.parse({ keys: [{ ...(await exportJWK(privateKey)), kid }] });
}
