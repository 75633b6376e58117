/** What the suite must know of an engine to put it through everything any engine promises. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect } from "vitest";
import type { EngineName } from "../../../contract/engines.ts";
import type { Grant, TenantLimits } from "../../../contract/jobs.ts";
import { type Answer, grantOf, jobsOf, startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";
import { createTrap, type Trap } from "../../support/trap.ts";

/** A server that lives as long as a test file. */
export type TestServer = {
  /** What the bridge must know of it, e.g. BRIDGE_REDIS_SERVERS. */
  env: Record<string, string>;
  dispose(): Promise<void>;
};

export type Subject<Server extends TestServer> = {
  engine: EngineName;
  limits: TenantLimits;
  startServer(): Promise<Server>;
  /** Uses a grant as an ordinary client would: "ok", or why not. */
  use(grant: Grant): Promise<string>;
  /** Whatever the server still has of these engine-side names, the suite wants none of it. */
  leftovers(server: Server, names: readonly string[]): Promise<unknown[]>;
};

export type Bench<Server extends TestServer> = Pick<Trap, "failAt" | "meddleAt"> & {
  readonly subject: Subject<Server>;
  readonly server: Server;
  readonly t: TestBridge;
  readonly jobs: ReturnType<typeof jobsOf>;
};

/**
 * Starts server and bridge before the file's tests and removes them after. Its members are there once the tests run.
 * @param env other variables of the bridge
 */
export function useEngine<Server extends TestServer>(subject: Subject<Server>, env: Record<string, string> = {}): Bench<Server> {
  const { fault, failAt, meddleAt } = createTrap();
  const running: { server?: Server; t?: TestBridge } = {};
  beforeAll(async () => {
    const [registryServer, server] = await Promise.all([sharedRegistryServer(), subject.startServer()]);
    running.server = server;
    running.t = await startTestBridge({ registryServer, env: { ...server.env, ...env }, fault });
  });
  afterAll(async () => {
    await running.t?.close();
    await running.server?.dispose();
  });
  return {
    subject,
    jobs: jobsOf(subject.engine),
    failAt,
    meddleAt,
    get server() {
      return started(running.server);
    },
    get t() {
      return started(running.t);
    },
  };
}

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("used before it was started");
  return value;
}

export type Made = { id: string; name: string; grant: Grant; answer: Answer };

/** Has the bridge make a tenant. */
export async function makeTenant<S extends TestServer>({ t, jobs, subject }: Bench<S>, limits = subject.limits): Promise<Made> {
  const id = randomUUID();
  const answer = await t.run(jobs.createJob(id, 1, limits));
  const grant = grantOf(answer);
  const { rows } = await t.registry.query<{ name: string }>("SELECT name FROM tenants WHERE resource_id = $1", [id]);
  return { id, name: rows[0]?.name ?? "", grant, answer };
}

/** Nothing of this registry's tenants is left: not on the server, not under our mark, no living row. */
export async function expectCleanSlate<S extends TestServer>({ t, subject, server }: Bench<S>): Promise<void> {
  const { rows } = await t.registry.query<{ name: string }>("SELECT name FROM tenants WHERE name IS NOT NULL");
  expect(
    await subject.leftovers(
      server,
      rows.map(({ name }) => name),
    ),
  ).toEqual([]);
  expect(await listed(t, subject.engine)).toEqual([]);
  expect((await t.registry.query("SELECT name, state FROM tenants WHERE state <> 'dropped'")).rows).toEqual([]);
}

/** The tenants the engine's servers show with our mark. */
export async function listed(t: TestBridge, name: EngineName): Promise<string[]> {
  const engine = t.bridge.engines.find((one) => one.engine === name);
  if (engine === undefined) throw new Error(`the bridge has no ${name}`);
  const perServer = await Promise.all(engine.servers.map((server) => engine.list(server)));
  return perServer.flat().map((tenant) => tenant.name);
}
