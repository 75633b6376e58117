/** The row of a create, with its owner or origin and its sealed secrets. */
import type { Credentials } from "../../../contract/kinds/kind.ts";
import { ApiError } from "../../errors.ts";
import { keepResource } from "../../platform-db/resources.ts";
import { auditActorOf } from "../actor.ts";
import { sealGrant, sealToken } from "../grants/secrets.ts";
import type { Creating } from "./input.ts";

type Made = { resourceId: string; token: string; credentials: Credentials; createdAt: Date; expiresAt: Date | null };

/**
 * @returns the times of the row, which an earlier attempt may have written
 * @throws DatabaseError, or ApiError `provision_failed` when the create was abandoned in the meantime
 */
export async function insertRow(creating: Creating, { resourceId, token, credentials, createdAt, expiresAt }: Made) {
  const { ctx, input, caller } = creating;
  const { deps } = ctx;
  const [sealedToken, grantSealed] = await Promise.all([sealToken(deps, resourceId, token), sealGrant(deps, resourceId, credentials)]);
  const row = {
    id: resourceId,
    kind: input.kind,
    tier: caller.tier,
    env: input.env,
    name: input.name,
    ...sealedToken,
    grantSealed,
    ...originOf(creating),
    createdAt,
    expiresAt,
  };
  const kept = await ctx.timed("row", keepResource(deps.database, row, auditActorOf(ctx)));
  if (!kept) throw new ApiError("provision_failed");
  return kept;
}

/** A team's resource counts against the team. It stores no fingerprint, so a claim from the same address cannot attach it. */
function originOf({ ctx: { client }, caller: { teamId, scope } }: Creating) {
  const { fingerprint, networkHash, asnHash } = client;
  const common = { teamId, admissionScope: scope };
  return teamId === null
    ? { ...common, fingerprint, networkHash, asnHash }
    : { ...common, fingerprint: null, networkHash: null, asnHash: null };
}
