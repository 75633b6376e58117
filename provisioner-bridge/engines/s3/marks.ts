/**
 * Where the bucket says what is ours. Tenants' names begin with `t_`, so no tenant's key reaches these. One bucket belongs to one
 * registry: everything in it under a tenant's name may be deleted by this bridge.
 */

const PLATFORM_PREFIX = ".instanode/";
/** Holds the mark of the registry the bucket belongs to. */
export const OWNER_KEY = `${PLATFORM_PREFIX}owner`;
/** A small object for each tenant: one that stores nothing would leave no trace otherwise. */
export const MARKS_PREFIX = `${PLATFORM_PREFIX}tenants/`;

export function ownerMark(registryId: string): string {
  return JSON.stringify({ owner: "instanode", registry: registryId });
}

export const markKeyOf = (name: string): string => MARKS_PREFIX + name;

/** The slash is part of it: `t_a/` is no prefix of `t_ab/`. */
export const prefixOf = (name: string): string => `${name}/`;

/** The tenant a key belongs to, or null for one of the platform's own. */
export function tenantOf(key: string): string | null {
  const [name = "", ...rest] = key.split("/", 2);
  return rest.length > 0 && TENANT_NAME.test(name) ? name : null;
}

const TENANT_NAME = /^t_[a-z2-7]+$/;
