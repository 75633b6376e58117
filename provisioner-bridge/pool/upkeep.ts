/**
 * Keeps the pool honest: what is ready is used to connect again from time to time; what was never finished, does not work any
 * more, or is more than the configuration allows is removed.
 */
import type { Passwords } from "../credentials/password.ts";
import type { Log } from "../log.ts";
import { transaction, withRegistry } from "../registry/database.ts";
import type { PlacedTenant } from "../registry/tenants.ts";
import { type DiscardDeps, discard } from "./discard.ts";
import type { PoolableEngine } from "./engines.ts";
import { beginDiscard, findUnfinished, findUnproved, holdReady, markProved, takeOutSurplus } from "./rows.ts";

const MINUTE_MS = 60_000;
/** A proof is good for so long. */
export const PROOF_LIFETIME_MS = 15 * MINUTE_MS;
/** What was not finished by then is removed; a fill that is still under way is waited for, as a drop waits for a create. */
export const FILL_LIFETIME_MS = 1.5 * MINUTE_MS;
/** Bounds one round; the next one goes on. */
export const PER_ROUND = 20;

export type UpkeepDeps = DiscardDeps & { passwords: Passwords; log: Log };
/** `servers`: those that answer just now; the others' tenants are left alone, they are not to blame. */
export type Kept = { engine: PoolableEngine; max: number; servers: readonly string[] };

/** One round over one engine's pool. @returns whether there is more to do at once. @throws Refusal when registry or engine do not answer */
export async function keepUp(deps: UpkeepDeps, kept: Kept): Promise<boolean> {
  const { registry, clock, log } = deps;
  const { engine, max, servers } = kept;
  const now = clock.now();
  const page = { engine: engine.engine, servers, limit: PER_ROUND };
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const { out, unproved } = await withRegistry(registry, async (client) => ({
    out: [
      ...(await findUnfinished(client, { ...page, before: ago(FILL_LIFETIME_MS) })),
      ...(await takeOutSurplus(client, { ...page, keep: max }, now)),
    ],
    unproved: await findUnproved(client, { ...page, before: ago(PROOF_LIFETIME_MS) }),
  }));
  for (const tenantId of unproved) {
    const broken = await proveAgain(deps, engine, tenantId);
    if (broken !== null) out.push(broken);
  }
  for (const tenant of out) {
    const { name, server } = tenant;
    if (await discard(deps, engine, tenant)) log.info({ name, server }, "a ready-made tenant is removed");
  }
  return out.length >= PER_ROUND || unproved.length === PER_ROUND;
}

/**
 * Uses it as its owner would. Held in one transaction, so that nobody is handed it meanwhile: the proof would use one of his
 * connections. @returns the tenant when it does not work
 */
async function proveAgain(deps: UpkeepDeps, engine: PoolableEngine, tenantId: string): Promise<PlacedTenant | null> {
  return withRegistry(deps.registry, (client) =>
    transaction(client, "", async () => {
      const tenant = await holdReady(client, tenantId);
      if (tenant === null) return null;
      const isFit = await works(deps, engine, tenant);
      if (isFit) await markProved(client, tenantId, deps.clock.now());
      else await beginDiscard(client, tenantId, deps.clock.now());
      return isFit ? null : tenant;
    }),
  );
}

/** False only when the server answers and the tenant's credentials do not open it. @throws Refusal when the server does not answer */
async function works({ passwords, log }: UpkeepDeps, engine: PoolableEngine, tenant: PlacedTenant): Promise<boolean> {
  const { server, name, secret_id: secretId, rotation } = tenant;
  try {
    await engine.prove(server, { name, password: passwords.derive({ secretId, name, rotation }) });
    return true;
  } catch (err) {
    await engine.ping(server);
    log.warn({ err, name, server }, "a ready-made tenant does not work any more");
    return false;
  }
}
