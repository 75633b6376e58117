/** Who a tenant is on a NATS server. All keys are derived: a retry meets the same account, and a drop needs nothing but the name. */
import { hkdfSync } from "node:crypto";
import type { Tenant } from "../engine.ts";
import { keyOf, type NatsKey, type Role } from "./nkeys.ts";

const KEY_BYTES = 32;

/** The account of a tenant. `secret` outlives the operator's signing keys: another one would be another account. */
export function accountKey(secret: Buffer, name: string): NatsKey {
  return derive("A", secret, "account", name);
}

export type UserKeys = {
  /** Signs the tenant's user; the account lets in only whom it signed, so another password ends every older credential. */
  signer: NatsKey;
  user: NatsKey;
};

/** The keys of one password. The tenant gets the user's, which says nothing about the signer's. */
export function userKeys({ name, password }: Tenant): UserKeys {
  const secret = Buffer.from(password);
  return { signer: derive("A", secret, "signer", name), user: derive("U", secret, "user", name) };
}

function derive(role: Role, secret: Buffer, purpose: string, name: string): NatsKey {
  return keyOf(role, Buffer.from(hkdfSync("sha256", secret, "", `instanode/nats-${purpose}/v1|${name}`, KEY_BYTES)));
}

/** Every name begins with it (`credentials/names.ts`). */
const NAME_PREFIX = /^t_/;

/** The tenant's namespace: it may use every subject below `<prefix>.`. */
export function subjectPrefix(name: string): string {
  return name.replace(NAME_PREFIX, "tenant_");
}
