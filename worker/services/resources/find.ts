/**
 * Finds the resource a path names by its token, and says whether the caller may open it. What is not there, what is another
 * kind and what is somebody else's are refused alike, byte for byte. Source: PRODUCT "other people's things".
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
  /** Another kind counts as not there. */
  kind?: ResourceKind;
  /** What it is called when it is not there. */
  missing?: ErrorCode;
  /** Whether the team may ask this of a resource that only came along with a claim; left out: no. Source: PRODUCT "claim". */
  provisional?: "allowed";
  /** What it is called when it has expired or is going away; left out: as when it is not there. */
  gone?: ErrorCode;
};

/** The living resource of a token. Anybody who has the token may ask. @throws ApiError `missing`, `gone` or `lookup_failed` */
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
 * The same, for its owner only: its team; or the holder of its own upgrade JWT, until it is claimed. What came along with a neighbour's
 * claim is its holder's still, and the team's only once the holder has confirmed it.
 * @throws ApiError `missing` for everybody else, `confirmation_required` for the team before that, `unauthorized` for a holder after the claim
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

/** An expired resource that no sweep has met yet already counts as gone. */
export function isLive({ status, expires_at }: Pick<FoundResource, "status" | "expires_at">, nowMs: number): boolean {
  return status === "active" && (expires_at === null || expires_at.getTime() > nowMs);
}
