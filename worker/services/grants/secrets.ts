/** The secrets of a resource as its row stores them: the token as an HMAC, and both as ciphertext bound to their row and column. */
import { z } from "zod";
import type { Credentials } from "../../../contract/kinds/kind.ts";
import type { Deps } from "../../deps.ts";

export async function sealToken({ hasher, sealer }: Pick<Deps, "hasher" | "sealer">, resourceId: string, token: string) {
  const [tokenHash, tokenSealed] = await Promise.all([hasher.tokenHash(token), sealer.seal(token, tokenBinding(resourceId))]);
  return { tokenHash, tokenSealed };
}

const tokenBinding = (resourceId: string): string => `resources.token:${resourceId}`;

/** Decrypts the token of a row. Secret. @throws SealError */
export function openToken({ sealer }: Pick<Deps, "sealer">, resourceId: string, sealed: string): Promise<string> {
  return sealer.open(sealed, tokenBinding(resourceId));
}

const grantBinding = (resourceId: string): string => `resources.grant:${resourceId}`;

export function sealGrant({ sealer }: Pick<Deps, "sealer">, resourceId: string, credentials: Credentials): Promise<string> {
  return sealer.seal(JSON.stringify(credentials), grantBinding(resourceId));
}

/** Decrypts the credentials of a row. Secret. @throws SealError */
export async function openGrant({ sealer }: Pick<Deps, "sealer">, resourceId: string, sealed: string): Promise<Credentials> {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(await sealer.open(sealed, grantBinding(resourceId))));
}
