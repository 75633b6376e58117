/** Throw-away secrets for Workers under test: new keys in every run, so none of them is worth stealing and no test leans on a fixed one. */
import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";

const SECRET_BYTES = 32;

const secret = (): string => randomBytes(SECRET_BYTES).toString("base64url");

/** A private Ed25519 key set as the Worker's `JOB_SIGNING_KEYS` and `TOKEN_SIGNING_KEYS` hold it. */
async function signingKeys(kid: string): Promise<string> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid, alg: "EdDSA", use: "sig" }] });
}

/** The public half of a key nobody signs with, as `BRIDGE_REPORT_JWKS` holds it. */
async function publicKeys(kid: string): Promise<string> {
  const { publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: "EdDSA", use: "sig" }] });
}

/** The public half of a key that opens nothing, as `BRIDGE_ENCRYPTION_JWKS` holds it. */
async function encryptionKeys(kid: string): Promise<string> {
  const { publicKey } = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
  return JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid }] });
}

/** Every secret wrangler.toml documents. Nothing listens where they point: a test that needs PostgreSQL or the bridge brings its own. */
export async function workerBindings(): Promise<Record<string, string>> {
  return {
    DATABASE_URL: "postgres://platform:unused@127.0.0.1:1/platform",
    JOB_SIGNING_KEYS: await signingKeys("test-job"),
    TOKEN_SIGNING_KEYS: await signingKeys("test-token"),
    BRIDGE_REPORT_JWKS: await publicKeys("test-report"),
    BRIDGE_ENCRYPTION_JWKS: await encryptionKeys("test-plan"),
    ENCRYPTION_KEYS: JSON.stringify([{ kid: "test-encryption", key: secret() }]),
    TOKEN_HMAC_KEY: secret(),
    FINGERPRINT_KEY: secret(),
    OBJECT_STORE_ACCESS_KEY_ID: "TESTSIGNER",
    OBJECT_STORE_SECRET_ACCESS_KEY: secret(),
    BREVO_WEBHOOK_SECRET: secret(),
  };
}
