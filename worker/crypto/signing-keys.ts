/** Ed25519 key sets: the first key signs, all verify, and the public halves are published, so that keys can rotate. */
import { importJWK } from "jose";
import { z } from "zod";
import { type ImportedKey, MESSAGE_ALGORITHM, type PrivateJwk } from "../../contract/signed-message.ts";

export const publicJwksSchema = z.object({
  keys: z.array(
    z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), kid: z.string(), x: z.string(), alg: z.string(), use: z.literal("sig") }),
  ),
});
export type PublicJwks = z.infer<typeof publicJwksSchema>;

export interface SigningKeys {
  /** The key that signs now. */
  current(): Promise<{ kid: string; key: ImportedKey }>;
  /** The public half of the key with this `kid`, or null for an unknown one. */
  verifier(kid: string | undefined): Promise<ImportedKey | null>;
  /** Every key's public half, as published. */
  publicJwks(): PublicJwks;
}

/** @param keys at least one; the first signs */
export function createSigningKeys(keys: readonly [PrivateJwk, ...PrivateJwk[]]): SigningKeys {
  const [first] = keys;
  const publicJwks: PublicJwks = {
    keys: keys.map(({ kty, crv, kid, x }) => ({ kty, crv, kid, x, alg: MESSAGE_ALGORITHM, use: "sig" as const })),
  };
  const imported = new Map<string, Promise<ImportedKey>>();
  /** Imports each key once, at its first use. */
  const once = (name: string, jwk: PrivateJwk | PublicJwks["keys"][number]) => {
    const key = imported.get(name) ?? importJWK(jwk, MESSAGE_ALGORITHM);
    imported.set(name, key);
    return key;
  };
  return {
    current: async () => ({ kid: first.kid, key: await once(`sign:${first.kid}`, first) }),
    async verifier(kid) {
      const jwk = publicJwks.keys.find((candidate) => candidate.kid === kid);
      return jwk ? once(`verify:${jwk.kid}`, jwk) : null;
    },
    publicJwks: () => publicJwks,
  };
}
