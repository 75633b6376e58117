/** The credentials of a tenant: a user of its account. */

import type { UserKeys } from "./identity.ts";
import { signJwt } from "./jwt.ts";
import type { NatsKey } from "./nkeys.ts";

/**
 * The same tenant always has the same JWT, so it names no time of issue: this is the least that counts as one. A server takes
 * zero for a revoked user.
 */
const ISSUED_AT_S = 1;

/** A user without permissions of its own: the account gives them to whom `signer` has signed. Secret only together with the seed. */
export function userJwt(name: string, account: string, { signer, user }: UserKeys): string {
  const nats = { issuer_account: account, pub: {}, sub: {}, type: "user" };
  return signJwt(signer, { iat: ISSUED_AT_S, name, sub: user.id, nats });
}

/** The file `nats.UserCredentials()` and every other client reads. Secret. */
export function credsFile(jwt: string, user: NatsKey): string {
  return [
    "-----BEGIN NATS USER JWT-----",
    jwt,
    "------END NATS USER JWT------",
    "",
    "************************* IMPORTANT *************************",
    "NKEY Seed printed below can be used to sign and prove identity.",
    "NKEYs are sensitive and should be treated as secrets.",
    "",
    "-----BEGIN USER NKEY SEED-----",
    user.seed,
    "------END USER NKEY SEED------",
    "",
    "*************************************************************",
    "",
  ].join("\n");
}
