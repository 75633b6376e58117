/**
 * One pass over all servers. It finishes drops the registry has begun and changes that were cut off half-way, gives forgetful servers
 * their tenants back, and reports the rest: an unknown tenant is quarantined, never dropped (docs/orphans.md).
 */
import pLimit from "p-limit";
import type pg from "pg";
import type { Passwords } from "../credentials/password.ts";
import type { Engine, EngineTenant } from "../engines/engine.ts";
import { purgeJournal } from "../jobs/journal.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { giveUpServers } from "../pool/rows.ts";
import type { Clock } from "../ports/clock.ts";
import { withRegistry } from "../registry/database.ts";
import { withResourceLock } from "../registry/lock.ts";
import { compare, type Findings, isSuspicious } from "./findings.ts";
import { markDropped, purgeTombstones, quarantine, type Registered, readInState, readRegistered } from "./rows.ts";

const MINUTE_MS = 60_000;
/** A row that changed less than this ago belongs to a job that may still run. */
export const SETTLED_AFTER_MS = 2 * MINUTE_MS;
/** Longer than any answer can be replayed or any key be retried. */
const KEEP_MS = 7 * 24 * 60 * MINUTE_MS;
/** When no ready-made tenant of a server was proved for this long, the server has left every bridge's configuration. */
const SERVER_GONE_MS = 60 * MINUTE_MS;
/** The most in one pass; the next pass continues. */
const DROPS_PER_PASS = 50;
const MENDS_PER_PASS = 50;
/** Each holds a registry connection. */
const RESTORES_AT_ONCE = 4;
const NOTHING: Findings = { undropped: [], strangers: [], missing: [], stale: [] };
const KINDS = ["undropped", "strangers", "missing", "stale"] as const satisfies readonly (keyof Findings)[];

export type ReconcileDeps = {
  registry: pg.Pool;
  engines: readonly Engine[];
  passwords: Passwords;
  clock: Clock;
  log: Log;
  metrics: Metrics;
};
export type PassResult = { outcome: "ok" | "stopped"; findings: Record<keyof Findings, string[]> };

/** Runs one pass over every server. A server that does not answer is left to the next pass. */
export async function reconcileOnce(deps: ReconcileDeps): Promise<PassResult> {
  const all: PassResult = { outcome: "ok", findings: { undropped: [], strangers: [], missing: [], stale: [] } };
  for (const engine of deps.engines) {
    for (const server of engine.servers) {
      try {
        const found = await reconcileServer(deps, engine, server);
        if (found.outcome === "stopped") all.outcome = "stopped";
        for (const kind of KINDS) all.findings[kind].push(...found.findings[kind].map((one) => one.name));
      } catch (err) {
        deps.log.warn({ err, server }, "a server could not be reconciled");
      }
    }
  }
  await tidyRegistry(deps);
  for (const kind of KINDS) deps.metrics.findings(kind, all.findings[kind].length);
  return all;
}

/** Clean-up that needs no server. */
async function tidyRegistry({ registry, engines, clock, log }: ReconcileDeps): Promise<void> {
  const now = clock.now();
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const configured = engines.flatMap(({ servers }) => servers);
  const givenUp = await withRegistry(registry, async (client) => {
    await purgeJournal(client, ago(KEEP_MS));
    await purgeTombstones(client, ago(KEEP_MS));
    return giveUpServers(client, configured, ago(SERVER_GONE_MS), now);
  });
  if (givenUp > 0) log.warn({ count: givenUp }, "ready-made tenants of servers that are not configured any more are out of the pool");
}

async function reconcileServer(
  deps: ReconcileDeps,
  engine: Engine,
  server: string,
): Promise<{ outcome: PassResult["outcome"]; findings: Findings }> {
  await engine.prepare(server);
  // First the server, then the registry: the row of a listed tenant is older than the list.
  const seen = await engine.list(server);
  const now = deps.clock.now();
  const registered = await withRegistry(deps.registry, (client) =>
    readRegistered(client, server, new Date(now.getTime() - SETTLED_AFTER_MS)),
  );
  const findings = compare(seen, registered, engine.isForgetful);
  if (isSuspicious(findings.strangers.length, seen.length)) {
    deps.log.error(
      { server, strangers: findings.strangers.length, seen: seen.length },
      "too many unknown tenants: is this the right registry? Nothing was done",
    );
    return { outcome: "stopped", findings: { ...NOTHING, strangers: findings.strangers } };
  }
  await withRegistry(deps.registry, (client) => quarantine(client, server, findings.strangers, now));
  report(deps.log.child({ server }), findings, engine);
  if (engine.isForgetful) await restoreAll(deps, engine, findings.missing);
  else await mendAll(deps, engine, findings.missing, seen);
  for (const tenant of findings.undropped.slice(0, DROPS_PER_PASS)) await finishDrop(deps, engine, server, tenant);
  return { outcome: "ok", findings };
}

function report(log: Log, { strangers, missing, stale }: Findings, { isForgetful }: Engine): void {
  for (const { name } of strangers) log.error({ name }, "quarantined: a tenant without a record");
  if (isForgetful && missing.length > 0) log.warn({ count: missing.length }, "the server has forgotten tenants: they are made again");
  if (!isForgetful) for (const { name, resource_id } of missing) log.error({ name, resource_id }, "missing: a record without a tenant");
  for (const { name, resource_id } of stale) log.warn({ name, resource_id }, "stale: a create that was neither finished nor dropped");
}

/** All of them, without a bound per pass: until a tenant is restored it cannot log in. */
async function restoreAll(deps: ReconcileDeps, engine: Engine, missing: readonly Registered[]): Promise<void> {
  const turns = pLimit(RESTORES_AT_ONCE);
  await Promise.all(missing.map((tenant) => turns(() => restore(deps, engine, tenant))));
}

/** Makes a tenant again as the registry has it. Safe beside its own create, rotate or drop: it holds the resource's lock. */
async function restore(deps: ReconcileDeps, engine: Engine, { resource_id: resourceId, name }: Registered): Promise<void> {
  if (resourceId === null) return;
  try {
    await withResourceLock(deps.registry, resourceId, async (client) => {
      const tenant = await readInState(client, resourceId, ["active"]);
      if (tenant === null) return;
      const { server, limits, access, rotation } = tenant;
      const password = deps.passwords.derive({ secretId: tenant.secret_id, name: tenant.name, rotation });
      await engine.create(server, { name: tenant.name, password, limits, access }, async () => {});
      if (access !== "full") await engine.limit(server, tenant.name, limits, access);
    });
  } catch (err) {
    deps.log.warn({ err, name, resource_id: resourceId }, "a forgotten tenant could not be made again yet");
  }
}

/** Repairs tenants that are incomplete. A tenant that is missing entirely is lost: that is only reported. */
async function mendAll(deps: ReconcileDeps, engine: Engine, missing: readonly Registered[], seen: readonly EngineTenant[]): Promise<void> {
  const there = new Set(seen.map(({ name }) => name));
  for (const tenant of missing.filter(({ name }) => there.has(name)).slice(0, MENDS_PER_PASS)) await mend(deps, engine, tenant);
}

/** Sets again what the registry says the tenant may do: its last change was cut off. The lock excludes a running job. */
async function mend(deps: ReconcileDeps, engine: Engine, { resource_id: resourceId, name }: Registered): Promise<void> {
  if (resourceId === null) return;
  try {
    await withResourceLock(deps.registry, resourceId, async (client) => {
      const tenant = await readInState(client, resourceId, ["active"]);
      if (tenant !== null) await engine.limit(tenant.server, tenant.name, tenant.limits, tenant.access);
    });
    deps.log.info({ name, resource_id: resourceId }, "a change that was cut off was finished");
  } catch (err) {
    deps.log.warn({ err, name, resource_id: resourceId }, "a tenant could not be made whole yet");
  }
}

/** Does what a drop job would do: the registry already says that the tenant is to be dropped. */
async function finishDrop(deps: ReconcileDeps, engine: Engine, server: string, tenant: Registered): Promise<void> {
  const { resource_id: resourceId, name, state } = tenant;
  try {
    if (resourceId === null) {
      // No resource owns it: the pool finishes what it began. One that came back with a crash of its server is dropped again.
      if (state === "dropped") await engine.drop(server, name, async () => {});
      return;
    }
    await withResourceLock(deps.registry, resourceId, async (client) => {
      const found = await readInState(client, resourceId, ["dropping", "dropped"]);
      if (found === null) return;
      await engine.drop(found.server, found.name, async () => {});
      await markDropped(client, resourceId, deps.clock.now());
    });
    deps.log.info({ name, resource_id: resourceId }, "a drop was finished");
  } catch (err) {
    deps.log.warn({ err, name, resource_id: resourceId }, "a drop could not be finished yet");
  }
}
