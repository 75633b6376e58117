/** Confirms a provisionally attached resource: its own `upgrade_jwt` makes it fully the team's (docs/decisions/0005-fingerprint.md). */
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { confirmAttached } from "../../platform-db/resources.ts";
import { auditActorOf, requireAccount } from "../actor.ts";
import { countForTeam } from "../lifecycle/count.ts";
import { openResource } from "./find.ts";

/** @throws ApiError `not_found`, `invalid_token` when the JWT is not this resource's own, `lookup_failed` */
export async function confirmResource({
  ctx,
  input,
}: {
  ctx: RequestContext;
  input: { token: string; upgradeJwt: string };
}): Promise<void> {
  const { deps } = ctx;
  const { team } = requireAccount(ctx);
  const { id, kind } = await openResource({ ctx, input: { token: input.token, provisional: "allowed" } });
  const proof = await deps.tokens.verifyClaimable(input.upgradeJwt).catch((cause: unknown) => {
    throw new ApiError("invalid_token", { cause });
  });
  const isItsOwn = proof.kind === "upgrade" && proof.resourceToken.toLowerCase() === input.token.toLowerCase();
  if (!isItsOwn) throw new ApiError("invalid_token");
  const isTheirs = await confirmAttached(deps.database, { id, teamId: team.id }, auditActorOf(ctx), new Date(deps.clock.now())).catch(
    lookupFailed,
  );
  if (!isTheirs) throw new ApiError("not_found");
  // The resource now counts for the team. If the team's object is unreachable, the next limit job of the resource notifies it.
  await countForTeam(deps, team.id, { resourceId: id, kind }).catch((cause: unknown) =>
    ctx.log.warn("confirm.not_counted", { resourceId: id, cause }),
  );
}
