/**
 * Finds the resource whose token is in the path, and decides whether the caller may open it. A missing resource, a resource of another
 * kind and a resource of another owner get the same refusal, byte for byte.
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
  /** A resource of another kind counts as missing. */
  kind?: ResourceKind;
  /** The error for a missing resource. */
  missing?: ErrorCode;
  /** Whether the team may do this with a provisionally attached resource; left out: no. */
  provisional?: "allowed";
  /** The error for a resource that has expired or is being dropped; left out: `missing`. */
  gone?: ErrorCode;
};

/** The live resource of a token. The token is the only credential. @throws ApiError `missing`, `gone` or `lookup_failed` */
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
 * The same, for its owner only: its team, or the holder of its own upgrade JWT until it is claimed. A provisionally attached resource
 * still belongs to its holder; the team gets it when the holder confirms it.
 * @throws ApiError `missing` for all others, `confirmation_required` for the team before that, `unauthorized` for a holder after the claim
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

/** An expired resource counts as gone even before the sweep has dropped it. */
export function isLive({ status, expires_at }: Pick<FoundResource, "status" | "expires_at">, nowMs: number): boolean {
  return status === "active" && (expires_at === null || expires_at.getTime() > nowMs);
}
