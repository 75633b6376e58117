/** From an admitted create to its answer: tenant, row, answer. Throws at the first step that fails; the caller undoes by `fail`. */
import { plans, type Tier, UNLIMITED } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { keepResource, type NewResource } from "../../platform-db/resources.ts";
import { auditActorOf } from "../actor.ts";
import { type Caller, callerOf } from "../caller.ts";
import { type Admitted, answerBinding } from "./admit.ts";
import { buildAnswer, waysToKeep } from "./answer.ts";
import type { CreateInput } from "./input.ts";
import { sealGrant, sealToken } from "./secrets.ts";
import { makeTenant } from "./tenant.ts";

const HOUR_MS = 3_600_000;

type Making = { ctx: RequestContext; input: CreateInput; admitted: Admitted };
type Allowed = { allowed: Promise<void> };

/**
 * The row is what makes a create count, so it is written last: after it nothing can fail any more but the way to the caller. The
 * caller's object hears of the end after the answer has begun to go out.
 * @param allowed nothing is made before it resolves, and nothing when it rejects
 * @returns the JSON text of the 201 answer @throws BridgeError, DatabaseError or ApiError
 */
export async function makeResource({ ctx, input, admitted, allowed }: Making & Allowed): Promise<string> {
  const { deps } = ctx;
  const { resourceId } = admitted;
  const caller = callerOf(ctx);
  const { tier, teamId } = caller;

  const createdAt = new Date(deps.clock.now());
  const expiresAt = expiryOf(tier, createdAt);
  // What does not need the tenant is made while others work.
  const [{ credentials, cold }, { token, ways, sealedToken }] = await Promise.all([
    makeTenant(ctx, { resourceId, kind: input.kind, tier, expiresAt, response: input.response }, allowed),
    drawToken({ ctx, input, admitted }),
  ]);
  await deps.fault("worker.create.after_job", resourceId);

  const draft = buildAnswer({ ctx, input, made: { resourceId, token, tier, credentials, cold, expiresAt, ways } });
  const row: NewResource = {
    id: resourceId,
    kind: input.kind,
    tier,
    env: input.env,
    name: input.name,
    ...sealedToken,
    grantSealed: await sealGrant(deps, resourceId, credentials),
    teamId,
    ...originOf(ctx, caller),
    createdAt,
    expiresAt,
  };
  const kept = await ctx.timed("row", keepResource(deps.database, row, auditActorOf(ctx)));
  if (!kept) throw new ApiError("provision_failed");
  await deps.fault("worker.create.after_insert", resourceId);

  // A row that an earlier attempt had written keeps its own time.
  const bodyText = JSON.stringify({ ...draft, ...(kept.expiresAt ? { expires_at: kept.expiresAt.toISOString() } : {}) });
  ctx.later(() => finish({ ctx, input, admitted }, bodyText));
  return bodyText;
}

/** The resource's token, where it is kept, and what its holder can do with it. */
async function drawToken({ ctx, input: { kind }, admitted: { resourceId } }: Making) {
  const token = await ctx.deps.hasher.resourceTokenFor(resourceId);
  const [ways, sealedToken] = await Promise.all([waysToKeep(ctx, { resourceId, token, kind }), sealToken(ctx.deps, resourceId, token)]);
  return { token, ways, sealedToken };
}

/** Where it came from. What a team makes counts against the team, and no claim behind the same address can take it. */
function originOf({ client }: RequestContext, { scope, teamId }: Caller) {
  if (teamId !== null) return { fingerprint: null, admissionScope: scope, networkHash: null, asnHash: null };
  const { fingerprint, networkHash, asnHash } = client;
  return { fingerprint, admissionScope: scope, networkHash, asnHash };
}

function expiryOf(tier: Tier, createdAt: Date): Date | null {
  const { lifetime_hours } = plans.tiers[tier];
  return lifetime_hours === UNLIMITED ? null : new Date(createdAt.getTime() + lifetime_hours * HOUR_MS);
}

/** Tells the object; if it is out of reach, the intent's alarm finds the row, and a retry with the key resumes the resource. */
async function finish({ ctx, input, admitted: { resourceId } }: Making, bodyText: string): Promise<void> {
  const { deps } = ctx;
  const { scope } = callerOf(ctx);
  try {
    const answer = input.idempotencyKey
      ? { status: 201, sealedBody: await deps.sealer.seal(bodyText, answerBinding(scope, input.route)) }
      : null;
    await deps.admission.of(scope).finish(resourceId, answer);
    await deps.fault("worker.create.after_finish", resourceId);
  } catch (cause) {
    ctx.log.warn("admission.finish_unheard", { resourceId, cause });
  }
}
