/** The secrets of a resource as they may be stored: found by HMAC, shown from ciphertext bound to their row and column. */
import { z } from "zod";
import type { Deps } from "../../deps.ts";

/** Credentials as the answer shows them. Secret. */
export type Credentials = Record<string, unknown>;

export async function sealToken({ hasher, sealer }: Pick<Deps, "hasher" | "sealer">, resourceId: string, token: string) {
  const [tokenHash, tokenSealed] = await Promise.all([hasher.tokenHash(token), sealer.seal(token, tokenBinding(resourceId))]);
  return { tokenHash, tokenSealed };
}

const tokenBinding = (resourceId: string): string => `resources.token:${resourceId}`;

/** The token a row holds. Secret. @throws SealError */
export function openToken({ sealer }: Pick<Deps, "sealer">, resourceId: string, sealed: string): Promise<string> {
  return sealer.open(sealed, tokenBinding(resourceId));
}

const grantBinding = (resourceId: string): string => `resources.grant:${resourceId}`;

export function sealGrant({ sealer }: Pick<Deps, "sealer">, resourceId: string, credentials: Credentials): Promise<string> {
  return sealer.seal(JSON.stringify(credentials), grantBinding(resourceId));
}

/** The credentials a row holds. Secret. @throws SealError */
export async function openGrant({ sealer }: Pick<Deps, "sealer">, resourceId: string, sealed: string): Promise<Credentials> {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(await sealer.open(sealed, grantBinding(resourceId))));
}
