/** What came along with a claim becomes wholly the team's: whoever has its own upgrade JWT says so once. Source: PRODUCT "claim". */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { confirmAttached } from "../../platform-db/resources.ts";
import { auditActorOf } from "../audit/actor.ts";
import { requireAccount } from "../auth/account.ts";
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
  const { id } = await openResource({ ctx, input: { token: input.token, provisional: "allowed" } });
  const proof = await deps.tokens.verifyClaimable(input.upgradeJwt).catch((cause: unknown) => {
    throw new ApiError("invalid_token", { cause });
  });
  const isItsOwn = proof.kind === "upgrade" && proof.resourceToken.toLowerCase() === input.token.toLowerCase();
  if (!isItsOwn) throw new ApiError("invalid_token");
  const isTheirs = await confirmAttached(deps.database, { id, teamId: team.id }, auditActorOf(ctx), new Date(deps.clock.now())).catch(
    (cause: unknown) => {
      throw new ApiError("lookup_failed", { cause });
    },
  );
  if (!isTheirs) throw new ApiError("not_found");
}
