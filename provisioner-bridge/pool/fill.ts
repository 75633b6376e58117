/** Makes one ready tenant: final name, derived password, used once to connect. No caller knows it yet. */
import type pg from "pg";
import type { TenantLimits } from "../../contract/jobs.ts";
import { BURST_CREATES, BURST_WINDOW_MS } from "../burst.ts";
import { randomTenantName } from "../credentials/names.ts";
import type { Passwords } from "../credentials/password.ts";
import type { Fault } from "../faults.ts";
import { chooseServer } from "../placement/choose-server.ts";
import { placing } from "../placement/usage.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { withRegistry } from "../registry/database.ts";
import type { PoolableEngine } from "./discard.ts";
import { PROOF_MAX_MS } from "./hand-out.ts";
import { beginFill, countPool, finishFill } from "./rows.ts";
import { type PoolBounds, wantsOneMore } from "./target.ts";

const MINUTE_MS = 60_000;
/** What counts as recent demand. */
export const DEMAND_WINDOW_MS = 10 * MINUTE_MS;
/** One bridge fills an engine's pool at a time: a session lock, which a crashed bridge releases. */
const TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('instanode.pool.' || $1, 4)) AS mine";
const UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('instanode.pool.' || $1, 4))";

export type FillDeps = { registry: pg.Pool; passwords: Passwords; clock: Clock; random: Random; fault: Fault };
/** How tenants are made in advance: `limits` are those that most creates ask for. */
export type Pooled = { engine: PoolableEngine; bounds: PoolBounds; limits: TenantLimits };
/** The servers that have room now; and whether to fill even in a burst of creates, through any bridge. */
export type FillOptions = { servers: readonly string[]; evenInBurst: boolean };
/** `full`: as many as wanted are ready. `busy`: another bridge fills. `burst`: not now. */
export type Filled = { outcome: "filled" | "full" | "busy" | "burst"; isBurst: boolean };

/** @throws Refusal capacity when no server has room, or the engine's own */
export async function fillOne(deps: FillDeps, pooled: Pooled, options: FillOptions): Promise<Filled> {
  const { engine } = pooled.engine;
  return withRegistry(deps.registry, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>(TRY_LOCK, [engine]);
    if (rows[0]?.mine !== true) return { outcome: "busy", isBurst: false };
    const filled = await fillIfWanted(deps, pooled, options, client);
    await client.query(UNLOCK, [engine]);
    return filled;
  });
}

async function fillIfWanted(deps: FillDeps, pooled: Pooled, options: FillOptions, client: pg.PoolClient): Promise<Filled> {
  const { engine, bounds } = pooled;
  const now = deps.clock.now().getTime();
  const ago = (ms: number) => new Date(now - ms);
  const since = { demand: ago(DEMAND_WINDOW_MS), recent: ago(BURST_WINDOW_MS), proof: ago(PROOF_MAX_MS) };
  const count = await countPool(client, { engine: engine.engine, servers: options.servers, since, most: bounds.max });
  const isBurst = count.recent >= BURST_CREATES;
  if (!wantsOneMore(count, bounds)) return { outcome: "full", isBurst };
  if (isBurst && !options.evenInBurst) return { outcome: "burst", isBurst };
  await fill(deps, pooled, client);
  return { outcome: "filled", isBurst };
}

/** At each point a crash leaves a row that says `filling`, which upkeep removes together with the tenant it names. */
async function fill({ passwords, clock, random, fault }: FillDeps, { engine, limits }: Pooled, client: pg.PoolClient): Promise<void> {
  const tenantId = random.uuid();
  const name = randomTenantName(random);
  const secretId = passwords.currentSecretId;
  const at = (point: string) => fault(`bridge.fill.${point}`, tenantId);
  await at("before_registry");
  const capacities = await engine.capacities();
  const server = await placing(client, engine.engine, "all", async (usage) => {
    const chosen = chooseServer(capacities, usage, limits);
    await beginFill(client, { tenantId, engine: engine.engine, server: chosen, name, secretId, limits }, clock.now());
    return chosen;
  });
  await at("after_registry");
  const password = passwords.derive({ secretId, name, rotation: 0 });
  await engine.create(server, { name, password, limits, access: "full" }, at);
  await at("before_ready");
  await finishFill(client, tenantId, clock.now());
}
