/**
 * Finds the resource a path names by its token, and says whether the caller may open it. What is not there, what is another
 * kind and what is somebody else's are refused alike, byte for byte. Source: PRODUCT "other people's things".
 */
import type { ErrorCode } from "../../../contract/errors.ts";
import { type ResourceKind, UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { type FoundResource, findByToken } from "../../platform-db/resource-lookup.ts";

export type Wanted = {
  token: string;
  /** Another kind counts as not there. */
  kind?: ResourceKind;
  /** What it is called when it is not there. */
  missing?: ErrorCode;
  /** What it is called when it has expired or is going away; left out: as when it is not there. */
  gone?: ErrorCode;
};

/** The living resource of a token. Anybody who has the token may ask. @throws ApiError `missing`, `gone` or `lookup_failed` */
export async function findResource({ ctx, input }: { ctx: RequestContext; input: Wanted }): Promise<FoundResource> {
  const { token, kind, missing = "not_found", gone = missing } = input;
  if (!UUID_PATTERN.test(token)) throw new ApiError(missing);
  const { database, hasher, clock } = ctx.deps;
  const found = await findByToken(database, await hasher.tokenHash(token)).catch((cause: unknown) => {
    throw new ApiError("lookup_failed", { cause });
  });
  if (found === null || (kind !== undefined && found.kind !== kind)) throw new ApiError(missing);
  if (!isLive(found, clock.now())) throw new ApiError(gone);
  return found;
}

/** The same, for its owner only: its team, or until it is claimed the holder of its own upgrade JWT. */
export async function openResource({ ctx, input }: { ctx: RequestContext; input: Wanted }): Promise<FoundResource> {
  const { actor } = ctx;
  const missing = input.missing ?? "not_found";
  if (actor.kind === "team") {
    const found = await findResource({ ctx, input: { ...input, gone: missing } });
    if (found.team_id !== actor.teamId) throw new ApiError(missing);
    return found;
  }
  const isHolder = actor.kind === "holder" && actor.resourceToken.toLowerCase() === input.token.toLowerCase();
  if (!isHolder) throw new ApiError(missing);
  const found = await findResource({ ctx, input });
  if (found.team_id !== null) throw new ApiError("unauthorized", { errorCode: "invalid_claims" });
  return found;
}

/** An expired resource that no sweep has met yet already counts as gone. */
export function isLive({ status, expires_at }: Pick<FoundResource, "status" | "expires_at">, nowMs: number): boolean {
  return status === "active" && (expires_at === null || expires_at.getTime() > nowMs);
}
