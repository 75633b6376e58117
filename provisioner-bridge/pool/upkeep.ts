/** Keeps the pool honest: what is ready is used to connect again from time to time, what was never finished is removed. */
import type pg from "pg";
import type { Passwords } from "../credentials/password.ts";
import type { Engine } from "../engines/engine.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { withRegistry } from "../registry/database.ts";
import type { PlacedTenant } from "../registry/tenants.ts";
import { beginDiscard, findDoubtful, finishDiscard, markProved } from "./rows.ts";

const MINUTE_MS = 60_000;
/** A proof is good for so long. */
export const PROOF_LIFETIME_MS = 15 * MINUTE_MS;
/** What was not finished by then is removed; a fill that is still under way is waited for, as a drop waits for a create. */
export const FILL_LIFETIME_MS = 1.5 * MINUTE_MS;
/** Bounds one round; the next one goes on. */
const PER_ROUND = 20;

export type UpkeepDeps = { registry: pg.Pool; passwords: Passwords; clock: Clock; log: Log };

/** One round over one engine's pool. A server that is down is left alone: its tenants are not to blame. */
export async function keepUp(deps: UpkeepDeps, engine: Engine): Promise<void> {
  const now = deps.clock.now().getTime();
  const before = { proof: new Date(now - PROOF_LIFETIME_MS), fill: new Date(now - FILL_LIFETIME_MS) };
  const doubtful = await withRegistry(deps.registry, (client) => findDoubtful(client, engine.engine, before, PER_ROUND));
  for (const tenant of doubtful) {
    const keeps = tenant.state === "ready" && (await proves(deps, engine, tenant));
    if (keeps) await withRegistry(deps.registry, (client) => markProved(client, tenant.tenant_id, deps.clock.now()));
    else await discard(deps, engine, tenant);
  }
}

/** False only when the server answers and the tenant's credentials do not open it. @throws Refusal when the server does not answer */
async function proves({ passwords }: UpkeepDeps, engine: Engine, { server, name, secret_id, rotation }: PlacedTenant): Promise<boolean> {
  try {
    await engine.prove?.(server, { name, password: passwords.derive({ secretId: secret_id, name, rotation }) });
    return true;
  } catch {
    await engine.ping(server);
    return false;
  }
}

async function discard({ registry, clock, log }: UpkeepDeps, engine: Engine, { tenant_id, server, name }: PlacedTenant): Promise<void> {
  // Handed out meanwhile: then it is somebody's.
  if (!(await withRegistry(registry, (client) => beginDiscard(client, tenant_id, clock.now())))) return;
  await engine.drop(server, name, async () => {});
  await withRegistry(registry, (client) => finishDiscard(client, tenant_id));
  log.warn({ name, server }, "a ready-made tenant that did not work, or was never finished, is removed");
}
