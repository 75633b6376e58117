/**
 * Finds the resource whose token is in the path and checks that the caller may access it. Missing resources, resources of another kind
 * and resources of another owner get identical responses, byte for byte. Otherwise a caller could learn that a token exists.
 */
import type { ErrorCode } from "../../../contract/errors.ts";
import type { ResourceKind } from "../../../contract/kinds.ts";
import { UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { type FoundResource, findByToken } from "../../platform-db/resource-lookup.ts";
import { accountOf } from "../actor.ts";

export type Wanted = {
  token: string;
  /** Resources of another kind are treated as missing. */
  kind?: ResourceKind;
  /** The error code for a missing resource. */
  missing?: ErrorCode;
  /** Whether the team may do this with a provisionally attached resource (docs/decisions/0005-fingerprint.md). Default: no. */
  provisional?: "allowed";
  /** The error code for a resource that has expired or is being dropped. Default: that of a missing resource. */
  gone?: ErrorCode;
};

/** Finds the living resource of a token. Requires only the token. @throws ApiError `missing`, `gone` or `lookup_failed` */
export async function findResource({ ctx, input }: { ctx: RequestContext; input: Wanted }): Promise<FoundResource> {
  const { token, kind, missing = "not_found", gone = missing } = input;
  if (!UUID_PATTERN.test(token)) throw new ApiError(missing);
  const { database, hasher, clock } = ctx.deps;
  const found = await findByToken(database, await hasher.tokenHash(token)).catch(lookupFailed);
  if (found === null || (kind !== undefined && found.kind !== kind)) throw new ApiError(missing);
  if (!isLive(found, clock.now())) throw new ApiError(gone);
  return found;
}

/**
 * Like `findResource`, but only for the owner: the team, or the holder of the `upgrade_jwt` until the resource is claimed. A provisionally
 * attached resource stays its holder's until it is confirmed. @throws ApiError `missing` for other callers, `confirmation_required` for
 * the team before the confirmation, `unauthorized` for a holder after the claim
 */
export async function openResource({ ctx, input }: { ctx: RequestContext; input: Wanted }): Promise<FoundResource> {
  const { actor } = ctx;
  const team = accountOf(ctx)?.team;
  const isHolder = actor.kind === "holder" && actor.resourceToken.toLowerCase() === input.token.toLowerCase();
  if (!isHolder && team === undefined) throw new ApiError(input.missing ?? "not_found");
  const found = await findResource({ ctx, input });
  if (isHolder) return requireUnclaimed(found);
  if (team === undefined || found.team_id !== team.id) throw new ApiError(input.missing ?? "not_found");
  if (found.attached_provisionally && input.provisional !== "allowed") throw new ApiError("confirmation_required");
  return found;
}

function requireUnclaimed(found: FoundResource): FoundResource {
  if (found.team_id !== null && !found.attached_provisionally) throw new ApiError("unauthorized", { errorCode: "invalid_claims" });
  return found;
}

/** An expired resource counts as gone even before the cron has dropped it. */
export function isLive({ status, expires_at }: Pick<FoundResource, "status" | "expires_at">, nowMs: number): boolean {
  return status === "active" && (expires_at === null || expires_at.getTime() > nowMs);
}
