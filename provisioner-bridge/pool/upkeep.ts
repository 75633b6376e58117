/**
 * Maintains the pool: ready tenants are proved again from time to time. Tenants that were never finished, that no longer work, or
 * that exceed the configured maximum are removed.
 */
import type { Passwords } from "../credentials/password.ts";
import type { Log } from "../log.ts";
import { transaction, withRegistry } from "../registry/database.ts";
import type { PlacedTenant } from "../registry/tenants.ts";
import { type DiscardDeps, discard, type PoolableEngine } from "./discard.ts";
import { beginDiscard, findUnfinished, findUnproved, holdReady, markProved, takeOutSurplus } from "./rows.ts";

const MINUTE_MS = 60_000;
/** A proof is repeated after this time. */
export const PROOF_LIFETIME_MS = 15 * MINUTE_MS;
/** A fill that is not finished by then is removed; one that is still running is waited for, as a drop waits for a create. */
export const FILL_LIFETIME_MS = 1.5 * MINUTE_MS;
/** The most tenants in one round; the next round continues. */
export const PER_ROUND = 20;

export type UpkeepDeps = DiscardDeps & { passwords: Passwords; log: Log };
type Proof = "works" | "refused" | "unsure";
type Proved = { proof: Proof; tenant: PlacedTenant };
/** `servers`: those that answer now; tenants on other servers are not touched. */
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
  let unsure = 0;
  for (const tenantId of unproved) {
    const proved = await proveAgain(deps, engine, tenantId);
    if (proved?.proof === "refused") out.push(proved.tenant);
    if (proved?.proof === "unsure") unsure += 1;
  }
  for (const tenant of out) {
    const { name, server } = tenant;
    if (await discard(deps, engine, tenant)) log.info({ name, server }, "a ready-made tenant is removed");
  }
  return out.length >= PER_ROUND || (unproved.length === PER_ROUND && unsure === 0);
}

/**
 * Uses it as its owner would. Held in one transaction, so that it is not handed out meanwhile: the proof would use one of its
 * owner's connections. @returns null when it was handed out meanwhile
 */
async function proveAgain(deps: UpkeepDeps, engine: PoolableEngine, tenantId: string): Promise<Proved | null> {
  return withRegistry(deps.registry, (client) =>
    transaction(client, {}, async () => {
      const tenant = await holdReady(client, tenantId);
      if (tenant === null) return null;
      const proof = await prove(deps, engine, tenant);
      if (proof === "works") await markProved(client, tenantId, deps.clock.now());
      if (proof === "refused") await beginDiscard(client, tenantId, deps.clock.now());
      return { proof, tenant };
    }),
  );
}

/**
 * @returns `refused` when the server does not let its credentials in; `unsure` when that could not be determined:
 * the tenant stays, and is not handed out once its proof is too old. @throws Refusal when the server does not answer
 */
async function prove({ passwords, log }: UpkeepDeps, engine: PoolableEngine, tenant: PlacedTenant): Promise<Proof> {
  const { server, name, secret_id: secretId, rotation } = tenant;
  try {
    await engine.pooling.prove(server, { name, password: passwords.derive({ secretId, name, rotation }) });
    return "works";
  } catch (err) {
    const health = await engine.checkHealth(server);
    if (health.status === "down") throw health.cause;
    const isRefused = engine.pooling.isRefused(err);
    log.warn({ err, name, server }, isRefused ? "a ready-made tenant does not work any more" : "a ready-made tenant could not be proved");
    return isRefused ? "refused" : "unsure";
  }
}
