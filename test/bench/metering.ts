/**
 * `npm run bench:metering`: what one pass of the metering costs at 10,000 tenants, on the running whole. 300 of them have a real
 * database (what sizing costs is counted up from these); the registry's pages and the Worker's reports are done for all 10,000.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importJWK } from "jose";
import pg from "pg";
import {
  REPORT_AUDIENCE,
  REPORT_CONTENT_TYPE,
  REPORT_LIFETIME_MAX_SECONDS,
  REPORT_MAX_SIZES,
  REPORTS_PATH,
} from "../../contract/reports.ts";
import { MESSAGE_ALGORITHM, signMessage } from "../../contract/signed-message.ts";
import { removeDataDirectory } from "../../dev/data/directory.ts";
import { loadSecrets } from "../../dev/secrets.ts";
import { BRIDGE_ID } from "../../dev/services/bridge.ts";
import { type Stack, startStack } from "../../dev/stack.ts";
import { apiOf } from "../support/api.ts";
import { percentiles } from "../support/percentiles.ts";

const TENANTS = 10_000;
const REAL = 300;
const AT_ONCE = 4;
const METERING_SECONDS = 3;
const PASSES = 5;
const SECOND_MS = 1_000;

const folder = mkdtempSync(join(tmpdir(), "instanode-bench-"));
const dataDir = join(folder, "data");
try {
  console.log("starting a stack of its own …");
  const stack = await startStack({
    dataDir,
    mode: "serve",
    durable: true,
    restartCrashed: false,
    cronTicker: false,
    engines: ["postgres"],
    bridgeEnv: { BRIDGE_METERING_SECONDS: String(METERING_SECONDS), BRIDGE_RECONCILE_SECONDS: "86400" },
  });
  try {
    await bench(stack);
  } finally {
    await stack.stop();
  }
} finally {
  removeDataDirectory(dataDir);
  rmSync(folder, { recursive: true, force: true });
}

async function bench(stack: Stack): Promise<void> {
  const [registry, tenants, platform] = [stack.urls.registry, stack.engineUrl("postgres"), stack.urls.platformPostgres].map(
    (connectionString) => new pg.Pool({ connectionString, max: 2 }),
  ) as [pg.Pool, pg.Pool, pg.Pool];
  console.log(`making ${REAL} databases …`);
  const api = apiOf({ apiUrl: stack.urls.api, canaryFile: join(folder, "canaries") });
  let left = REAL;
  const make = async () => {
    while (left-- > 0) await api.call("POST", "/db/new", { caller: null, body: { name: "bench" } });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, make));

  const sizing = await time(() =>
    tenants.query("SELECT pg_database_size(oid) FROM pg_database WHERE datname LIKE 't\\_%'").then(({ rows }) => rows.length),
  );
  const few = await passSeconds(stack);
  const ghosts = Array.from({ length: TENANTS - REAL }, () => randomUUID());
  await registry.query(
    `INSERT INTO tenants (tenant_id, resource_id, engine, server, name, secret_id, generation, limits, state, created_at, updated_at)
     SELECT gen_random_uuid(), id, 'postgres', 'pg-local', 't_' || id, 's1', 1, '{"connections":2,"storage_mb":10}', 'active', now(), now()
     FROM unnest($1::uuid[]) AS id`,
    [ghosts],
  );
  await platform.query(
    `INSERT INTO resources (id, kind, status, generation, tier, env, name, token_hash, token_sealed, created_at, status_changed_at)
     SELECT id, 'postgres', 'active', 1, 'hobby', 'development', 'bench', id::text, 'sealed', now(), now() FROM unnest($1::uuid[]) AS id`,
    [ghosts],
  );
  const all = await passSeconds(stack);
  const reports = await timeReports(stack, ghosts);
  const perDatabaseMs = sizing.ms / sizing.result;
  console.log(`
one pass over ${REAL} tenants, nobody there: ${few.toFixed(2)} s; over ${TENANTS} registry rows: ${all.toFixed(2)} s (100 a batch, 100 ms pauses)
sizing one database: ${perDatabaseMs.toFixed(2)} ms of the tenants' server, so ${TENANTS} that have all changed: ${((perDatabaseMs * TENANTS) / SECOND_MS).toFixed(1)} s
a report of ${REPORT_MAX_SIZES} sizes: p50 ${reports.p50.toFixed(0)} ms, worst ${reports.max.toFixed(0)} ms; ${TENANTS} that have all changed: ${(reports.total / SECOND_MS).toFixed(1)} s in ${reports.count} reports`);
  await Promise.all([registry.end(), tenants.end(), platform.end()]);
}

async function time<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const begun = performance.now();
  const result = await work();
  return { ms: performance.now() - begun, result };
}

/** The mean of the next few passes, as the bridge's own metrics tell it. */
async function passSeconds(stack: Stack): Promise<number> {
  const read = async () => {
    const text = await (await fetch(`${stack.urls.bridge}/metrics`)).text();
    const of = (name: string) =>
      Number(new RegExp(`^bridge_metering_pass_seconds_${name}\\{[^}]*outcome="ok"[^}]*\\} (\\S+)$`, "m").exec(text)?.[1] ?? 0);
    return { sum: of("sum"), count: of("count") };
  };
  const next = async (from: number) => {
    let now = await read();
    for (; now.count < from; now = await read()) await new Promise((resolve) => setTimeout(resolve, SECOND_MS));
    return now;
  };
  // One that was under way, and one that had news to tell, do not count.
  const before = await next((await read()).count + 2);
  const after = await next(before.count + PASSES);
  return (after.sum - before.sum) / (after.count - before.count);
}

async function timeReports(stack: Stack, ids: readonly string[]) {
  const [jwk] = (await loadSecrets(stack.paths.secrets)).bridgeSigningKeys.keys;
  if (jwk === undefined) throw new Error("the stack has no report key");
  const signer = { kid: jwk.kid, key: await importJWK(jwk, MESSAGE_ALGORITHM) };
  const times: number[] = [];
  for (let from = 0; from < ids.length; from += REPORT_MAX_SIZES) {
    const sizes = ids.slice(from, from + REPORT_MAX_SIZES).map((resource_id) => ({ resource_id, bytes: 5_000_000 }));
    const jws = await signMessage({
      content: { kind: "sizes", body: { engine: "postgres", measured_at: new Date().toISOString(), sizes } },
      issuer: BRIDGE_ID,
      audience: REPORT_AUDIENCE,
      id: randomUUID(),
      lifetimeSeconds: REPORT_LIFETIME_MAX_SECONDS,
      nowMs: Date.now(),
      signer,
    });
    const init = { method: "POST", headers: { "content-type": REPORT_CONTENT_TYPE }, body: jws };
    const { ms, result } = await time(() => fetch(stack.urls.api + REPORTS_PATH, init));
    if (!result.ok) throw new Error(`a report was answered ${result.status}`);
    times.push(ms);
  }
  return { p50: percentiles(times).p50, max: Math.max(...times), total: times.reduce((sum, ms) => sum + ms, 0), count: times.length };
}
