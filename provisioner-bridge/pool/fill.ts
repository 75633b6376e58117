/** Makes one ready tenant: final name, derived password, used once to connect. Nobody knows it yet. */
import type pg from "pg";
import type { TenantLimits } from "../../contract/jobs.ts";
import { randomTenantName } from "../credentials/names.ts";
import type { Passwords } from "../credentials/password.ts";
import type { Engine } from "../engines/engine.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { transaction, withRegistry } from "../registry/database.ts";
import { chooseServer, PLACEMENT_LOCK, readUsage } from "../registry/placement.ts";
import { beginFill, countPool, finishFill } from "./rows.ts";
import { type PoolBounds, targetSize } from "./target.ts";

const MINUTE_MS = 60_000;
/** What counts as recent demand. */
export const DEMAND_WINDOW_MS = 10 * MINUTE_MS;
/** One bridge fills an engine's pool at a time: a session lock, so that a dead one frees it. */
const TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('instanode.pool.' || $1, 4)) AS mine";
const UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('instanode.pool.' || $1, 4))";

export type FillDeps = { registry: pg.Pool; passwords: Passwords; clock: Clock; random: Random };
export type Pooled = { engine: Engine; bounds: PoolBounds; limits: TenantLimits };

/** `full`: as many as wanted are ready. `busy`: another bridge fills. @throws Refusal capacity when no server has room, or the engine's own */
export async function fillOne(deps: FillDeps, pooled: Pooled): Promise<"filled" | "full" | "busy"> {
  const { engine } = pooled.engine;
  return withRegistry(deps.registry, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>(TRY_LOCK, [engine]);
    if (rows[0]?.mine !== true) return "busy";
    const outcome = await fillUnderLock(deps, pooled, client);
    await client.query(UNLOCK, [engine]);
    return outcome;
  });
}

async function fillUnderLock(
  { passwords, clock, random }: FillDeps,
  { engine, bounds, limits }: Pooled,
  client: pg.PoolClient,
): Promise<"filled" | "full"> {
  const { ready, demand } = await countPool(client, engine.engine, new Date(clock.now().getTime() - DEMAND_WINDOW_MS));
  if (ready >= targetSize(demand, bounds)) return "full";
  const capacities = await engine.capacities();
  const tenant = await transaction(client, PLACEMENT_LOCK, async () => {
    const server = chooseServer(capacities, await readUsage(client, engine.engine), limits);
    const made = {
      tenantId: random.uuid(),
      engine: engine.engine,
      server,
      name: randomTenantName(random),
      secretId: passwords.currentSecretId,
      limits,
    };
    await beginFill(client, made, clock.now());
    return made;
  });
  const password = passwords.derive({ secretId: tenant.secretId, name: tenant.name, rotation: 0 });
  await engine.create(tenant.server, { name: tenant.name, password, limits, access: "full" }, async () => {});
  await finishFill(client, tenant.tenantId, clock.now());
  return "filled";
}
