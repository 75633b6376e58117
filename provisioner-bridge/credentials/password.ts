/** Tenants' passwords are derived, never stored: a retry yields the same one. */
import { hkdfSync } from "node:crypto";
import type { BridgeSecret } from "../env.ts";

const PASSWORD_BYTES = 24;
const PURPOSE = "instanode/tenant-password/v1";

/** What a tenant's password depends on; all of it stands in the registry except the secret itself. */
export type PasswordSource = { secretId: string; name: string; rotation: number };

export type Passwords = {
  /** The secret that new passwords come from. */
  readonly currentSecretId: string;
  /** HKDF-SHA256 in base64url: safe in a URL and in a shell. @throws Error when the secret is not configured any more */
  derive(source: PasswordSource): string;
};

export function createPasswords(secrets: readonly BridgeSecret[]): Passwords {
  const [current] = secrets;
  if (current === undefined) throw new Error("no bridge secret is configured");
  const byId = new Map(secrets.map(({ id, secret }) => [id, secret]));
  return {
    currentSecretId: current.id,
    derive: ({ secretId, name, rotation }) => {
      const secret = byId.get(secretId);
      if (secret === undefined) throw new Error(`the bridge secret "${secretId}" of a tenant is not configured`);
      return Buffer.from(hkdfSync("sha256", secret, "", `${PURPOSE}|${name}|${rotation}`, PASSWORD_BYTES)).toString("base64url");
    },
  };
}
