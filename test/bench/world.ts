/** A running stack as the bench sees it: its API, its servers, its pool, and how many tenants it has. */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { z } from "zod";
import { changedUrl, withConnection } from "../../dev/postgres/connect.ts";
import type { Stack } from "../../dev/stack.ts";
import { freshCaller } from "../support/callers.ts";
import { atOnce, type Create, createsOf, manyCallers } from "./calls.ts";
import { type Filling, holdFilling } from "./filling.ts";
import { PreconditionError } from "./precondition.ts";

export const BENCH_DATABASE = "bench";
const EVERY_MINUTE = "* * * * *";
const GONE_TIMEOUT_MS = 240_000;
const POLL_MS = 100;
const GROW_AT_ONCE = 3;
const WARM_UP_CREATES = 200;

export type BenchStack = Stack & {
  /** Read by the bridge at each of its starts. */
  bridgeEnv: Record<string, string>;
};

export type World = {
  stack: BenchStack;
  create: Create;
  /** A superuser's connections; the platform's one also reaches the registry's server. */
  tenants: pg.Client;
  platform: pg.Client;
  registry: pg.Client;
  /** PostgreSQL's pool, and NATS's. */
  filling: Filling;
  queueFilling: Filling;
  close(): Promise<void>;
};

export async function openWorld(stack: BenchStack): Promise<World> {
  // A database of its own: the server counts by database who worked how long (measures/expiry.ts).
  await withConnection(stack.engineUrl("postgres"), (client) => client.query(`CREATE DATABASE ${BENCH_DATABASE} TEMPLATE template0`));
  const clients = [
    changedUrl(stack.engineUrl("postgres"), { database: BENCH_DATABASE }),
    stack.urls.platformPostgres,
    stack.urls.registry,
    stack.urls.registry,
  ].map((connectionString) => new pg.Client({ connectionString })) as [pg.Client, pg.Client, pg.Client, pg.Client];
  await Promise.all(clients.map((client) => client.connect()));
  const [tenants, platform, registry, holding] = clients;
  const create = createsOf(stack.urls.api);
  const filling = await holdFilling(holding, "postgres", () => create("/db/new", freshCaller()));
  const queueFilling = await holdFilling(holding, "nats", () => create("/queue/new", freshCaller()));
  // The first answers of a fresh process are compiled on the way.
  for (let count = 0; count < WARM_UP_CREATES; count += 1) await create("/webhook/new");
  return {
    stack,
    create,
    tenants,
    platform,
    registry,
    filling,
    queueFilling,
    close: async () => void (await Promise.allSettled(clients.map((client) => client.end()))),
  };
}

/** Databases on the tenants' server, ready-made and raw ones with them. */
export async function countDatabases({ tenants }: World): Promise<number> {
  const { rows } = await tenants.query(
    "SELECT count(*)::int AS count FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', $1)",
    [BENCH_DATABASE],
  );
  return z.object({ count: z.number() }).parse(rows[0]).count;
}

/** Many callers make tenants until the server has so many databases. */
export async function growTo(world: World, databases: number): Promise<void> {
  const missing = databases - (await countDatabases(world));
  const callers = Array.from({ length: GROW_AT_ONCE }, manyCallers);
  await atOnce(GROW_AT_ONCE, missing, (index) => world.create("/db/new", callers[index]?.()));
}

/** Takes what is left in the pool. */
export async function drainPool(world: World): Promise<void> {
  const caller = manyCallers();
  while ((await world.filling.ready()) > 0) await world.create("/db/new", caller());
}

/** What was made before must not be written out in what is measured next. */
export async function settle({ tenants, platform }: World): Promise<void> {
  await Promise.all([tenants.query("CHECKPOINT"), platform.query("CHECKPOINT")]);
}

/** The oldest `count` living databases. @throws PreconditionError when there are fewer */
export async function livingDatabases({ platform }: World, count: number): Promise<string[]> {
  const { rows } = await platform.query(
    "SELECT id FROM resources WHERE kind = 'postgres' AND status = 'active' AND expires_at > now() ORDER BY created_at LIMIT $1",
    [count],
  );
  const ids = z.array(z.object({ id: z.uuid() })).parse(rows);
  if (ids.length < count) throw new PreconditionError(`${count} databases to expire are needed, there are ${ids.length}`);
  return ids.map(({ id }) => id);
}

/** They expire now, and begin to go the way every expired resource goes. */
export async function beginExpiry({ platform, stack }: World, ids: readonly string[]): Promise<void> {
  await platform.query("UPDATE resources SET expires_at = now() WHERE id = ANY($1::uuid[])", [ids]);
  await stack.runCron(EVERY_MINUTE);
}

export async function countGoing({ platform }: World, ids: readonly string[]): Promise<number> {
  const { rows } = await platform.query("SELECT count(*)::int AS going FROM resources WHERE id = ANY($1::uuid[]) AND status <> 'dropped'", [
    ids,
  ]);
  return z.object({ going: z.number() }).parse(rows[0]).going;
}

/** @throws PreconditionError when they do not go */
export async function untilGone(world: World, ids: readonly string[]): Promise<void> {
  const deadline = performance.now() + GONE_TIMEOUT_MS;
  for (;;) {
    const going = await countGoing(world, ids);
    if (going === 0) return;
    if (performance.now() > deadline) throw new PreconditionError(`${going} of ${ids.length} expired resources did not go`);
    await delay(POLL_MS);
  }
}
