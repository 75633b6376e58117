/** The variables and secrets wrangler.toml documents, with the values of one local stack. */
import type { Ports } from "./port-table.ts";
import { HOST } from "./ports.ts";
import { encryptionKeySet, publicKeySet, type Secrets } from "./secrets.ts";
import { BRIDGE_ID } from "./services/bridge.ts";

export interface WorkerVarsInput {
  /** The `[vars]` of wrangler.toml. */
  configured: Readonly<Record<string, string>>;
  secrets: Secrets;
  ports: Ports;
  /** As the owner of the platform database. */
  databaseUrl: string;
  /** Overrides all other values. */
  given: Readonly<Record<string, string>>;
}

export function workerVars({ configured, secrets, ports, databaseUrl, given }: WorkerVarsInput): Record<string, string> {
  return {
    ...configured,
    PUBLIC_URL: `http://${HOST}:${ports.api}`,
    BRIDGE_URL: `http://${HOST}:${ports.bridge}`,
    BRIDGE_ID,
    DATABASE_URL: databaseUrl,
    DATABASE_FETCH_ENDPOINT: `http://${HOST}:${ports.sql}/sql`,
    JOB_SIGNING_KEYS: JSON.stringify(secrets.jobSigningKeys),
    BRIDGE_REPORT_JWKS: JSON.stringify(publicKeySet(secrets.bridgeSigningKeys)),
    BRIDGE_ENCRYPTION_JWKS: JSON.stringify(encryptionKeySet(secrets.bridgeDecryptionKeys)),
    TOKEN_SIGNING_KEYS: JSON.stringify(secrets.tokenSigningKeys),
    ENCRYPTION_KEYS: JSON.stringify(secrets.encryptionKeys),
    TOKEN_HMAC_KEY: secrets.tokenHmacKey,
    FINGERPRINT_KEY: secrets.fingerprintKey,
    BREVO_WEBHOOK_SECRET: secrets.brevoWebhookSecret,
    ...given,
  };
}
