/** The keys of a local NATS in operator mode: made once. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { writeCredsFile } from "../../provisioner-bridge/engines/nats/creds-file.ts";
import { signJwt } from "../../provisioner-bridge/engines/nats/jwt.ts";
import { type KeyKind, NKEY_BYTES, type NKey, nkeyOf } from "../../provisioner-bridge/engines/nats/nkey.ts";

export const natsOperatorSchema = z.object({
  /** What the server is given; public. */
  operatorJwt: z.string(),
  systemAccount: z.string(),
  systemJwt: z.string(),
  /** What the bridge is given; secret. */
  signingSeed: z.string(),
  accountSecret: z.string(),
  systemCreds: z.string(),
});
export type NatsOperator = z.infer<typeof natsOperatorSchema>;

const NO_LIMIT = -1;
const UNLIMITED = { subs: NO_LIMIT, data: NO_LIMIT, payload: NO_LIMIT };

/** The operator's own key signs its JWT and is forgotten: a signing key does the daily work, and can be replaced. */
export function makeOperator(): NatsOperator {
  const operator = freshKey("operator");
  const signing = freshKey("operator");
  const system = freshKey("account");
  const bridge = freshKey("user");
  const nats = { type: "operator", system_account: system.publicKey, signing_keys: [signing.publicKey] };
  const limits = { ...UNLIMITED, imports: NO_LIMIT, exports: NO_LIMIT, wildcards: true, conn: NO_LIMIT, leaf: NO_LIMIT };
  const user = { type: "user", pub: {}, sub: {}, ...UNLIMITED };
  return {
    operatorJwt: signJwt(operator, { sub: operator.publicKey, name: "instanode-local", nats }),
    systemAccount: system.publicKey,
    systemJwt: signJwt(signing, { sub: system.publicKey, name: "SYS", nats: { type: "account", limits } }),
    signingSeed: signing.seed,
    accountSecret: randomBytes(NKEY_BYTES).toString("base64url"),
    systemCreds: writeCredsFile({ jwt: signJwt(system, { sub: bridge.publicKey, name: "bridge", nats: user }), key: bridge }),
  };
}

const freshKey = (kind: KeyKind): NKey => nkeyOf(kind, randomBytes(NKEY_BYTES));
