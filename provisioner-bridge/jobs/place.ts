/** Where the tenant of a create goes: a ready-made one that was made with other limits, or a server on which it is then made. */
import type { JobOf } from "../../contract/jobs.ts";
import { randomTenantName } from "../credentials/names.ts";
import type { ServerCapacity } from "../engines/engine.ts";
import { chooseServer, serverWithMostRoom, withOneTaken } from "../placement/choose-server.ts";
import { placing, type Usage } from "../placement/usage.ts";
import { findReady, handOut } from "../pool/hand-out.ts";
import type { PlacedTenant } from "../registry/tenants.ts";
import { beginCreate } from "../registry/transitions.ts";
import type { LockedJob } from "./change.ts";
import type { Granted } from "./context.ts";

/** `proved_at`: when it was proved in the pool; null for a tenant that is made for its create. */
export type Place = Granted & Pick<PlacedTenant, "proved_at">;

/** The servers that had room when they were asked, and when they answered. */
export type CheckedServers = { capacities: readonly ServerCapacity[]; atMs: number };

/** An answer that is older than this is asked for again: the create may have waited for its turn meanwhile. */
const CHECK_VALID_MS = 100;

/**
 * Registers the tenant before any engine is touched.
 * @param checked the health checks of the hand-out that found no tenant; null where there was no hand-out
 * @throws Refusal capacity
 */
export async function findPlace(context: LockedJob, job: JobOf<"create">, checked: CheckedServers | null): Promise<Place> {
  const { client, engine } = context;
  // Asked before the placement lock is taken: a slow server must not delay other creates.
  const capacities = allChecked(context, checked) ?? (await engine.capacities());
  return placing(client, engine.engine, "owned", async (usage) => {
    return (await takeReady(context, job, capacities, usage)) ?? register(context, job, chooseServer(capacities, usage, job.args.limits));
  });
}

/** The answers of all the engine's servers, if there are such and they are recent. */
function allChecked({ clock, engine }: LockedJob, checked: CheckedServers | null): readonly ServerCapacity[] | null {
  if (checked === null || checked.capacities.length < engine.servers.length) return null;
  return clock.elapsedMs() - checked.atMs > CHECK_VALID_MS ? null : checked.capacities;
}

/** A ready-made tenant on a server that has room for what this tier may use; null when there is none. */
async function takeReady(
  { client, engine, journaled, pools }: LockedJob,
  { args: { generation, limits } }: JobOf<"create">,
  capacities: readonly ServerCapacity[],
  usage: Usage,
): Promise<PlacedTenant | null> {
  if (pools.of(engine.engine) === null) return null;
  const answering = capacities.filter(({ status }) => status !== "down").map(({ server }) => server);
  const ready = await findReady(client, engine.engine, answering);
  const having = capacities.filter(({ server }) => ready.some((one) => one.server === server));
  const without = withOneTaken(
    usage,
    having.map(({ server }) => server),
  );
  const server = serverWithMostRoom(having, without, limits);
  const madeWith = ready.find((one) => one.server === server)?.limits;
  if (server === null || madeWith === undefined) return null;
  return handOut(client, journaled, { engine: engine.engine, generation, limits, madeWith, servers: [server] }, "lock is held");
}

async function register(context: LockedJob, { args }: JobOf<"create">, server: string): Promise<Place> {
  const { client, engine, journaled, passwords, random } = context;
  const { generation, limits } = args;
  const name = randomTenantName(random);
  const secretId = passwords.currentSecretId;
  await beginCreate(client, journaled, { tenantId: random.uuid(), engine: engine.engine, server, name, secretId, generation, limits });
  return { server, name, secret_id: secretId, rotation: 0, limits, access: "full", proved_at: null };
}
