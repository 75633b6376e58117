/** NATS JWTs, version 2: signed by a NATS key, with the claims of their kind under `nats`. Source: github.com/nats-io/jwt v2. */
import { createHash } from "node:crypto";
import { base32, type NatsKey } from "./nkeys.ts";

const HEADER = encode({ typ: "JWT", alg: "ed25519-nkey" });
const VERSION = 2;

export type Claims = {
  /** Seconds. */
  iat: number;
  name: string;
  /** The public key it is about. */
  sub: string;
  nats: { type: string } & Record<string, unknown>;
};

/** Signs claims. The same claims make the same JWT. */
export function signJwt(issuer: NatsKey, { iat, name, sub, nats }: Claims): string {
  const claims = { iat, iss: issuer.id, name, nats: { ...nats, version: VERSION }, sub };
  const jti = base32(createHash("sha512-256").update(JSON.stringify(claims)).digest());
  const signed = `${HEADER}.${encode({ ...claims, jti })}`;
  return `${signed}.${issuer.sign(Buffer.from(signed)).toString("base64url")}`;
}

/** The claims as they stand there; null when it is no JWT. The signature is not checked: only for what the server has already checked. */
export function readClaims(jwt: string): unknown {
  try {
    return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8"));
  } catch {
    return null;
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
