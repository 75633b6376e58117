/** The operator of a local NATS server: its JWTs, made from the stack's secrets at every start, and what the bridge must know of it. */
import { signJwt } from "../../provisioner-bridge/engines/nats/jwt.ts";
import { keyOf, keyOfSeed, type NatsKey } from "../../provisioner-bridge/engines/nats/nkeys.ts";

const UNLIMITED = { subs: -1, data: -1, payload: -1 };

export interface NatsSecrets {
  natsOperatorSeed: string;
  natsSystemAccountSeed: string;
  natsSystemUserSeed: string;
  natsAccountSecret: string;
}

/** @param randomBytes returns 32 new bytes at each call */
export function generateNatsSecrets(randomBytes: () => Buffer): NatsSecrets {
  return {
    natsOperatorSeed: keyOf("O", randomBytes()).seed,
    natsSystemAccountSeed: keyOf("A", randomBytes()).seed,
    natsSystemUserSeed: keyOf("U", randomBytes()).seed,
    natsAccountSecret: randomBytes().toString("base64url"),
  };
}

export interface Operator {
  operatorJwt: string;
  /** Public keys of accounts. */
  systemAccount: string;
  systemAccountJwt: string;
  /** Secret together with the user's key. */
  systemUserJwt: string;
  systemUser: NatsKey;
}

/** @param iat seconds; a server keeps the newest system account it has seen */
export function makeOperator(secrets: NatsSecrets, iat: number): Operator {
  const operator = keyOfSeed(secrets.natsOperatorSeed, "O");
  const account = keyOfSeed(secrets.natsSystemAccountSeed, "A");
  const user = keyOfSeed(secrets.natsSystemUserSeed, "U");
  const limits = { ...UNLIMITED, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  return {
    operatorJwt: signJwt(operator, {
      iat,
      name: "instanode",
      sub: operator.id,
      nats: { type: "operator", system_account: account.id },
    }),
    systemAccount: account.id,
    systemAccountJwt: signJwt(operator, { iat, name: "SYS", sub: account.id, nats: { type: "account", limits } }),
    systemUserJwt: signJwt(account, { iat, name: "bridge", sub: user.id, nats: { type: "user", pub: {}, sub: {}, ...UNLIMITED } }),
    systemUser: user,
  };
}

/** The `operator` of an entry in BRIDGE_NATS_SERVERS. Secret. */
export function operatorEntry(secrets: NatsSecrets, { systemUserJwt, systemUser }: Operator) {
  return {
    seed: secrets.natsOperatorSeed,
    account_secret: secrets.natsAccountSecret,
    system_jwt: systemUserJwt,
    system_seed: systemUser.seed,
  };
}

/** An administrator's URL: the system user's JWT and seed as user and password. Secret. */
export function systemUrl(address: { host: string; port: number }, { systemUserJwt, systemUser }: Operator): string {
  return `nats://${systemUserJwt}:${systemUser.seed}@${address.host}:${address.port}`;
}
