/**
 * Which users of a server are ours. ACL users bear no comment, and describing one costs Redis 7.0 nearly a millisecond (ACL LIST with
 * 10,000 users held a server up for 7 s), so the mark stands beside them: a set of names per registry, in a key no tenant can reach.
 * A name enters it before its user exists and leaves it when nothing of the tenant is left.
 */

/** What every engine-side name looks like (credentials/names.ts). */
export const TENANT_NAME = /^t_[a-z2-7]{20}$/;
export const NAME_BYTES = 22;
const SEPARATOR = ":".charCodeAt(0);

export function ownersKey(registryId: string): string {
  return `instanode:tenants:${registryId}`;
}

/** The name of the tenant a key belongs to; null when it is no tenant's. Keys are bytes, not text. */
export function ownerOf(key: Buffer): string | null {
  if (key[NAME_BYTES] !== SEPARATOR) return null;
  const name = key.toString("latin1", 0, NAME_BYTES);
  return TENANT_NAME.test(name) ? name : null;
}
