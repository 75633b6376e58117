/** From an admitted create to its answer: job, row, finish. Throws at the first step that fails; the caller undoes by `fail`. */
import { jobIdFor } from "../../../contract/jobs.ts";
import { ENGINE_OF_KIND } from "../../../contract/names.ts";
import { answerLimits, plans, type Tier, UNLIMITED } from "../../../contract/plans.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { keepResource } from "../../platform-db/resources.ts";
import { type Admitted, answerBinding } from "./admit.ts";
import { buildAnswer } from "./answer.ts";
import type { CreateInput } from "./input.ts";
import { sealGrant } from "./seal-grant.ts";

const HOUR_MS = 3_600_000;
/** A create's own generation; every later job of the resource has a higher one. */
const FIRST_GENERATION = 1;

type Making = { ctx: RequestContext; input: CreateInput; admitted: Admitted };

/** @returns the JSON text of the 201 answer @throws BridgeError, DatabaseError or ApiError */
export async function makeResource({ ctx, input, admitted }: Making): Promise<string> {
  const { deps, client } = ctx;
  const { resourceId } = admitted;
  const tier: Tier = "anonymous";
  const limits = answerLimits(input.kind, tier);

  const { grant, cold } = await deps.bridge.run<"create">(
    {
      kind: "create",
      args: {
        engine: ENGINE_OF_KIND[input.kind],
        resource_id: resourceId,
        generation: FIRST_GENERATION,
        limits: { connections: limits.connections, storage_mb: limits.storage_mb },
      },
    },
    jobIdFor("create", resourceId, FIRST_GENERATION),
    ctx.requestId,
  );
  await deps.fault("worker.create.after_job", resourceId);

  const token = await deps.hasher.resourceTokenFor(resourceId);
  const createdAt = new Date(deps.clock.now());
  const lifetimeHours = plans.tiers[tier].lifetime_hours;
  const kept = await keepResource(deps.database, {
    id: resourceId,
    kind: input.kind,
    tier,
    env: input.env,
    name: input.name,
    ...(await sealGrant({ ctx, resourceId, token, grant })),
    fingerprint: client.fingerprint,
    admissionScope: client.scope,
    networkHash: client.networkHash,
    asnHash: client.asnHash,
    createdAt,
    expiresAt: lifetimeHours === UNLIMITED ? null : new Date(createdAt.getTime() + lifetimeHours * HOUR_MS),
  });
  if (!kept) throw new ApiError("provision_failed");
  await deps.fault("worker.create.after_insert", resourceId);

  const body = await buildAnswer({ ctx, input, made: { resourceId, token, tier, limits, grant, cold, expiresAt: kept.expiresAt } });
  await finish({ ctx, input, admitted }, JSON.stringify(body));
  await deps.fault("worker.create.after_finish", resourceId);
  return JSON.stringify(body);
}

/** From here on the create counts as answered. */
async function finish({ ctx, input, admitted }: Making, bodyText: string): Promise<void> {
  const answer = input.idempotencyKey
    ? { status: 201, sealedBody: await ctx.deps.sealer.seal(bodyText, answerBinding(ctx.client.scope, input.route)) }
    : null;
  const stands = await ctx.deps.admission.of(ctx.client.scope).finish(admitted.resourceId, answer);
  if (!stands) throw new ApiError("provision_failed");
}
