/** A ring of Ed25519 keys: the first signs, all verify and are published, so that a key can be replaced without a gap. */
import { type CryptoKey, importJWK, type JWK } from "jose";

export const SIGNING_ALGORITHM = "EdDSA";

/** A private OKP key with its `kid`, as in the secrets of wrangler.toml. */
export type PrivateJwk = JWK & { kid: string };

export interface SigningKeys {
  /** The key that signs now; imported once. */
  current(): Promise<{ kid: string; key: CryptoKey }>;
  /** Every key's public half, as published. */
  publicJwks(): { keys: JWK[] };
}

export function createSigningKeys(ring: readonly [PrivateJwk, ...PrivateJwk[]]): SigningKeys {
  const [first] = ring;
  let imported: Promise<{ kid: string; key: CryptoKey }> | undefined;
  return {
    current() {
      // An OKP JWK always imports as a CryptoKey; only symmetric ones come back as bytes.
      imported ??= importJWK(first, SIGNING_ALGORITHM).then((key) => ({ kid: first.kid, key: key as CryptoKey }));
      return imported;
    },
    publicJwks: () => ({ keys: ring.map(({ kid, kty, crv, x }) => ({ kty, crv, x, kid, alg: SIGNING_ALGORITHM, use: "sig" }) as JWK) }),
  };
}
