/** From an admitted create to its answer: tenant, row, finish. Throws at the first step that fails; the caller undoes by `fail`. */
import { plans, type Tier, UNLIMITED } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { keepResource } from "../../platform-db/resources.ts";
import { type Admitted, answerBinding } from "./admit.ts";
import { buildAnswer } from "./answer.ts";
import type { CreateInput } from "./input.ts";
import { sealSecrets } from "./secrets.ts";
import { makeTenant } from "./tenant.ts";

const HOUR_MS = 3_600_000;

type Making = { ctx: RequestContext; input: CreateInput; admitted: Admitted };

/** @returns the JSON text of the 201 answer @throws BridgeError, DatabaseError or ApiError */
export async function makeResource({ ctx, input, admitted }: Making): Promise<string> {
  const { deps } = ctx;
  const { resourceId } = admitted;
  const tier: Tier = "anonymous";

  const createdAt = new Date(deps.clock.now());
  const expiresAt = expiryOf(tier, createdAt);
  const { credentials, cold } = await makeTenant(ctx, { resourceId, kind: input.kind, tier, expiresAt, response: input.response });
  await deps.fault("worker.create.after_job", resourceId);

  const token = await deps.hasher.resourceTokenFor(resourceId);
  const kept = await keepResource(deps.database, {
    id: resourceId,
    kind: input.kind,
    tier,
    env: input.env,
    name: input.name,
    ...(await sealSecrets(deps, { resourceId, token, credentials })),
    fingerprint: ctx.client.fingerprint,
    admissionScope: ctx.client.scope,
    networkHash: ctx.client.networkHash,
    asnHash: ctx.client.asnHash,
    createdAt,
    expiresAt,
  });
  if (!kept) throw new ApiError("provision_failed");
  await deps.fault("worker.create.after_insert", resourceId);

  const body = await buildAnswer({ ctx, input, made: { resourceId, token, tier, credentials, cold, expiresAt: kept.expiresAt } });
  const bodyText = JSON.stringify(body);
  await finish({ ctx, input, admitted }, bodyText);
  await deps.fault("worker.create.after_finish", resourceId);
  return bodyText;
}

function expiryOf(tier: Tier, createdAt: Date): Date | null {
  const { lifetime_hours } = plans.tiers[tier];
  return lifetime_hours === UNLIMITED ? null : new Date(createdAt.getTime() + lifetime_hours * HOUR_MS);
}

/** From here on the create counts as answered. */
async function finish({ ctx, input, admitted }: Making, bodyText: string): Promise<void> {
  const answer = input.idempotencyKey
    ? { status: 201, sealedBody: await ctx.deps.sealer.seal(bodyText, answerBinding(ctx.client.scope, input.route)) }
    : null;
  const stands = await ctx.deps.admission.of(ctx.client.scope).finish(admitted.resourceId, answer);
  if (!stands) throw new ApiError("provision_failed");
}
