/** The secrets of a resource as they may be stored: found by HMAC, shown from ciphertext bound to their row and column. */
import type { Deps } from "../../deps.ts";

/** Credentials as the answer shows them. Secret. */
export type Credentials = Record<string, unknown>;

type Secrets = { resourceId: string; token: string; credentials: Credentials };

export async function sealSecrets({ hasher, sealer }: Deps, { resourceId, token, credentials }: Secrets) {
  const [tokenHash, tokenSealed, grantSealed] = await Promise.all([
    hasher.tokenHash(token),
    sealer.seal(token, `resources.token:${resourceId}`),
    sealer.seal(JSON.stringify(credentials), `resources.grant:${resourceId}`),
  ]);
  return { tokenHash, tokenSealed, grantSealed };
}
