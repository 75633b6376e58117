/** What the tests of this folder share: servers and bridges that live as long as a file, tenants, and a look at what is left. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect } from "vitest";
import { TEMPLATE_NAME } from "../../../provisioner-bridge/engines/postgres/template.ts";
import { type Answer, createJob, grantOf, LIMITS, startTestBridge, type TestBridge, type TestBridgeOptions } from "../../support/bridge.ts";
import { startTestPostgres, type TestPostgres, type TestPostgresOptions } from "../../support/postgres.ts";
import { createTrap, type Trap } from "../../support/trap.ts";

export type Fixture = Pick<Trap, "failAt" | "meddleAt"> & {
  /** The tenants' server. */
  readonly postgres: TestPostgres;
  readonly t: TestBridge;
  /** Runs as the superuser, in database `postgres` of the tenants' server. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  registry<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
};

type FixtureOptions = Omit<TestBridgeOptions, "postgres" | "registryServer" | "fault"> & {
  cluster?: TestPostgresOptions;
  /** The registry gets a server of its own, which tests may stop apart from the tenants'. */
  platform?: TestPostgresOptions;
};

/** Starts everything before the file's tests and removes it after them. */
export function useBridge(options: FixtureOptions = {}): Fixture & { platform: () => TestPostgres } {
  const { cluster, platform: platformOptions, ...rest } = options;
  let postgres: TestPostgres | undefined;
  let platform: TestPostgres | undefined;
  let t: TestBridge | undefined;
  let admin: pg.Pool | undefined;
  const { fault, failAt, meddleAt } = createTrap();
  beforeAll(async () => {
    [postgres, platform] = await Promise.all([startTestPostgres(cluster), platformOptions && startTestPostgres(platformOptions)]);
    admin = new pg.Pool({ connectionString: postgres.url, max: 2 });
    admin.on("error", () => {});
    t = await startTestBridge({ postgres, fault, ...(platform ? { registryServer: platform } : {}), ...rest });
  });
  afterAll(async () => {
    try {
      await t?.close();
      await admin?.end();
    } finally {
      await Promise.all([postgres?.dispose(), platform?.dispose()]);
    }
  });
  return {
    get postgres() {
      return present(postgres);
    },
    get t() {
      return present(t);
    },
    platform: () => present(platform),
    sql: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => (await present(admin).query<Row>(text, values)).rows,
    registry: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      (await present(t).registry.query<Row>(text, values)).rows,
    failAt,
    meddleAt,
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("used before it was started");
  return value;
}

export type MadeTenant = { id: string; name: string; url: string; answer: Answer };

/** Has the bridge make a tenant. */
export async function makeTenant({ t }: Fixture, limits = LIMITS, id: string = randomUUID()): Promise<MadeTenant> {
  const answer = await t.run(createJob(id, 1, limits));
  const { connection_url: url } = grantOf(answer);
  return { id, name: new URL(url).username, url, answer };
}

/** Connects with a URL, possibly to another database, and runs `work`. */
export async function connected<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
  options: { database?: string } & pg.ClientConfig = {},
): Promise<T> {
  const { database, ...rest } = options;
  const target = new URL(url);
  if (database !== undefined) target.pathname = `/${encodeURIComponent(database)}`;
  const client = new pg.Client({ ...rest, connectionString: target.href });
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** "ok" or the SQLSTATE of an attempt. */
export async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "ok",
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
}

/** Whether a URL opens its database. */
export function canConnect(url: string): Promise<string> {
  return outcomeOf(connected(url, (client) => client.query("SELECT 1")));
}

/** Nothing of this registry's tenants is left: no role, no database, no mark, no living row. */
export async function verifyCleanSlate(fixture: Fixture): Promise<void> {
  const names = (await fixture.registry<{ name: string }>("SELECT name FROM tenants WHERE name IS NOT NULL")).map((row) => row.name);
  expect(await fixture.sql("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", [names])).toEqual([]);
  expect(await fixture.sql("SELECT datname FROM pg_database WHERE datname = ANY($1)", [names])).toEqual([]);
  expect(await listed(fixture)).toEqual([]);
  expect(await fixture.registry("SELECT name, state FROM tenants WHERE state <> 'dropped'")).toEqual([]);
  if (fixture.postgres.own) {
    const foreign =
      "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1', $1) AND datname NOT LIKE 'registry_%'";
    expect(await fixture.sql(foreign, [TEMPLATE_NAME])).toEqual([]);
    expect(await fixture.sql("SELECT rolname FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND rolname <> 'postgres'")).toEqual([]);
  }
}

/** The tenants the server shows with our mark. */
export async function listed({ t }: Fixture): Promise<string[]> {
  const [engine] = t.bridge.engines;
  const [server] = engine?.servers ?? [];
  if (engine === undefined || server === undefined) throw new Error("the bridge has no server");
  return (await engine.list(server)).map((tenant) => tenant.name);
}
