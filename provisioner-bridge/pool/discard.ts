/** Removes a ready-made tenant that no resource owns. Safe to run again over its own half-done work, and beside another bridge's. */
import type pg from "pg";
import type { Engine } from "../engines/engine.ts";
import type { Fault } from "../faults.ts";
import type { Clock } from "../ports/clock.ts";
import { withRegistry } from "../registry/database.ts";
import type { PlacedTenant } from "../registry/tenants.ts";
import { beginDiscard, finishDiscard } from "./rows.ts";

/** An engine whose tenants may be made in advance. */
export type PoolableEngine = Engine & Required<Pick<Engine, "pooling">>;
export type DiscardDeps = { registry: pg.Pool; clock: Clock; fault: Fault };

/** @returns false when it was handed out meanwhile: then a resource owns it. @throws Refusal when the server does not answer */
export async function discard({ registry, clock, fault }: DiscardDeps, engine: PoolableEngine, tenant: PlacedTenant): Promise<boolean> {
  const { tenant_id, server, name } = tenant;
  const at = (point: string) => fault(`bridge.discard.${point}`, tenant_id);
  await at("before_registry");
  if (!(await withRegistry(registry, (client) => beginDiscard(client, tenant_id, clock.now())))) return false;
  await at("after_registry");
  await engine.drop(server, name, at);
  await at("before_tombstone");
  await withRegistry(registry, (client) => finishDiscard(client, tenant_id, clock.now()));
  return true;
}
