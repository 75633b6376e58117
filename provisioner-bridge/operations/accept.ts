/** Accepts operations: each once, and none that is older than what a service has seen. */
import type pg from "pg";
import type { OperationPlan, OperationStatus } from "../../contract/operations.ts";
import type { ServiceJobOf } from "../../contract/service-jobs.ts";
import type { Clock } from "../ports/clock.ts";
import { Refusal } from "../refusal.ts";
import { type Query, transaction, withRegistry } from "../registry/database.ts";
import { arrangeQueue, QUEUE_LOCK } from "../registry/operation-queue.ts";
import { giveUpBuilding, insertOperation, readOperations, statusOf } from "../registry/operations.ts";
import { insertRelease } from "../registry/releases.ts";
import { lockService, noteGeneration } from "../registry/services.ts";

type Args = ServiceJobOf<"operate">["args"];
export type AcceptDeps = { registry: pg.Pool; bridgeId: string; clock: Clock; openPlan(jwe: string): Promise<OperationPlan> };

const WANTED = { deploy: "running", stop: "stopped", access: null, delete: "deleted" } as const;

/**
 * Queues the operation. The same one again is answered with its state.
 * @throws Refusal malformed_job (the plan cannot be opened), job_conflict, stale_generation, resource_gone
 */
export async function acceptOperation(deps: AcceptDeps, args: Args): Promise<OperationStatus> {
  const plan = await deps.openPlan(args.plan).catch((cause: unknown) => {
    throw new Refusal("malformed_job", { cause });
  });
  return withRegistry(deps.registry, (client) =>
    transaction(client, { opening: QUEUE_LOCK }, async () => {
      const known = await findKnown(client, deps.bridgeId, args, plan);
      if (known !== null) return known;
      await enqueue(deps, client, args, plan);
      const [row] = await readOperations(client, deps.bridgeId, [args.operation_id]);
      if (row === undefined) throw new Error("the operation is not in the registry");
      return statusOf(row);
    }),
  );
}

async function findKnown(query: Query, bridgeId: string, args: Args, plan: OperationPlan): Promise<OperationStatus | null> {
  const [known] = await readOperations(query, bridgeId, [args.operation_id]);
  if (known === undefined) return null;
  const isSame =
    known.service_id === args.service_id &&
    known.generation === args.generation &&
    known.verb === plan.verb &&
    known.release === releaseOf(plan);
  if (!isSame) throw new Refusal("job_conflict");
  return statusOf(known);
}

async function enqueue({ bridgeId, clock }: AcceptDeps, query: Query, args: Args, plan: OperationPlan): Promise<void> {
  const at = clock.now();
  const { service_id: serviceId, team_id: teamId, generation } = args;
  const service = await lockService(query, { serviceId, teamId, appId: plan.app_id, generation, at });
  if (service.app_id !== plan.app_id) throw new Refusal("job_conflict");
  if (service.wanted === "deleted") throw new Refusal("resource_gone");
  if (generation < service.generation) throw new Refusal("stale_generation");
  await noteGeneration(query, serviceId, { generation, wanted: WANTED[plan.verb], at });
  // Deploys that wait for a place to build end at once instead.
  if (plan.verb === "delete") await giveUpBuilding(query, serviceId);
  if (plan.verb === "deploy") {
    const { release, image_of: imageOf, source } = plan;
    await insertRelease(query, { serviceId, release, imageOf, sourceId: source?.id ?? null, at });
  }
  await insertOperation(query, {
    operationId: args.operation_id,
    bridge: bridgeId,
    serviceId,
    teamId,
    generation,
    verb: plan.verb,
    release: releaseOf(plan),
    plan: args.plan,
    isBuilding: plan.verb === "deploy" && plan.source !== null,
    at,
  });
  await arrangeQueue(query, bridgeId);
}

function releaseOf(plan: OperationPlan): number | null {
  return plan.verb === "deploy" ? plan.release : null;
}
