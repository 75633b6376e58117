/** What every tenant's user bears in its `customData`. The tenant can read it, so it names no resource and no caller. */
import type { TenantLimits } from "../../../contract/jobs.ts";

export type OwnerMark = { owner: "instanode"; registry: string };

export function ownerMark(registryId: string): OwnerMark {
  return { owner: "instanode", registry: registryId };
}

/**
 * The mark, and how many connections the tenant was promised: MongoDB has no such limit of its own, but a gateway in front of
 * it can read it here, as the development stand-in does.
 */
export function customDataOf(mark: OwnerMark, { connections }: TenantLimits) {
  return { ...mark, connections };
}
