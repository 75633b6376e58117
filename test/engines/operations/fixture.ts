/** Operations on a real registry and a machine in memory, run by processes that a test can kill between two steps. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import type pg from "pg";
import { afterAll, beforeAll, expect } from "vitest";
import {
  decryptionJwkSchema,
  encryptionJwkSchema,
  type OperationPlan,
  openPlan,
  type PlanOf,
  sealPlan,
} from "../../../contract/operations.ts";
import type { Fault, OperationPoint } from "../../../provisioner-bridge/faults.ts";
import { createLog, type Log } from "../../../provisioner-bridge/log.ts";
import { type Operations, type OperationsDeps, startOperations } from "../../../provisioner-bridge/operations/operations.ts";
import type { StepContext } from "../../../provisioner-bridge/operations/step.ts";
import { type Clock, systemClock } from "../../../provisioner-bridge/ports/clock.ts";
import { systemRandom } from "../../../provisioner-bridge/ports/random.ts";
import { openRegistry } from "../../../provisioner-bridge/registry/database.ts";
import { migrateRegistry } from "../../../provisioner-bridge/registry/migrate.ts";
import { uncheckedIsolation } from "../../../provisioner-bridge/services/isolation/isolation.ts";
import { createBuildLogs } from "../../../provisioner-bridge/services/logs/build-logs.ts";
import { createDatabase } from "../../support/bridge.ts";
import { sharedRegistryServer } from "../../support/registry-server.ts";
import { type Machine, startMachine } from "./machine.ts";

export const BRIDGE_ID = "bridge-test";
/** Pauses that take seconds in production pass this much faster. */
const SPEED = 500;
/** Ten real seconds: no lease runs out but by `forgetLeases`. */
const LEASE_MS = 10_000 * SPEED;

export type Process = Operations & {
  /** Ends like `kill -9`: nothing of it happens any more, and its leases stay. */
  kill(): void;
};
type ProcessOptions = { fault?: Fault; builds?: number; leaseMs?: number; isolation?: OperationsDeps["isolation"] };

export type World = {
  machine: Machine;
  registry: pg.Pool;
  logsFolder: string;
  logs: string[];
  start(options?: ProcessOptions): Process;
  /** A process that dies when it reaches the point. */
  startDyingAt(point: OperationPoint): { process: Process; hasDied: Promise<void> };
  forgetLeases(): void;
  seal(plan: OperationPlan): Promise<string>;
  /** For loops beside operations; the clock runs as theirs does. */
  tools(): { registry: pg.Pool; clock: Clock; log: Log };
  /** What steps get, for calling them without a runner. */
  context(service: Service, operationId: string): StepContext;
};

export function useWorld(): World {
  let made: (World & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    made = await makeWorld();
  });
  afterAll(() => made?.close());
  return new Proxy({} as World, { get: (_target, key) => Reflect.get(made ?? {}, key) });
}

async function makeWorld(): Promise<World & { close(): Promise<void> }> {
  const machine = await startMachine();
  const logs: string[] = [];
  const log = createLog("debug", { write: (line) => void logs.push(line) });
  const registry = openRegistry(await createDatabase((await sharedRegistryServer()).url), log);
  await migrateRegistry(registry);
  const { privateKey } = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
  const key = decryptionJwkSchema.parse({ ...(await exportJWK(privateKey)), kid: "plan-key-1" });
  const logsFolder = await mkdtemp(join(tmpdir(), "instanode-logs-"));
  const processes: Process[] = [];
  let offset = 0;
  const fast: Clock = {
    now: () => new Date(systemClock.elapsedMs() * SPEED + offset),
    elapsedMs: () => systemClock.elapsedMs() * SPEED + offset,
    after: (ms, task) => systemClock.after(ms / SPEED, task),
  };
  const tools = {
    registry,
    driver: machine.driver,
    sources: machine.sources,
    routes: machine.routes,
    buildMs: 600_000,
    probeMs: 60_000,
    drainMs: 10_000,
  };
  const depsFor = (
    clock: Clock,
    { fault = async () => {}, builds = 2, leaseMs = LEASE_MS, isolation = uncheckedIsolation }: ProcessOptions,
  ): OperationsDeps => ({
    ...tools,
    clock,
    logs: createBuildLogs({ folder: logsFolder, clock }),
    random: systemRandom,
    log,
    fault,
    bridgeId: BRIDGE_ID,
    builds,
    leaseMs,
    isolation,
    openPlan: (jwe) => openPlan(jwe, [key]),
    onChange: () => {},
  });

  const world: World = {
    machine,
    registry,
    logsFolder,
    logs,
    forgetLeases: () => {
      offset += LEASE_MS;
    },
    start(options = {}) {
      let isDead = false;
      const clock: Clock = { ...fast, after: (ms, task) => fast.after(ms, () => isDead || task()) };
      const operations = startOperations(depsFor(clock, options));
      const process: Process = {
        ...operations,
        kill: () => {
          isDead = true;
        },
      };
      processes.push({ ...process, stop: async () => (isDead ? undefined : process.stop()) });
      return process;
    },
    startDyingAt(point) {
      const { promise: hasDied, resolve } = Promise.withResolvers<void>();
      const process = world.start({
        fault: async (reached) => {
          if (reached !== point) return;
          process.kill();
          resolve();
          await new Promise(() => {});
        },
      });
      return { process, hasDied };
    },
    tools: () => ({ registry, clock: fast, log }),
    seal: (plan) => sealPlan(plan, encryptionJwkSchema.parse(key)),
    context: (service, operationId) => ({
      ...tools,
      clock: fast,
      logs: createBuildLogs({ folder: logsFolder, clock: fast }),
      log,
      operationId,
      serviceId: service.id,
      signal: new AbortController().signal,
      built: async () => {},
    }),
  };
  const close = async () => {
    await Promise.all(processes.map((process) => process.stop()));
    await registry.end();
    await machine.close();
    await rm(logsFolder, { recursive: true });
  };
  return { ...world, close };
}

export type Service = { id: string; teamId: string; appId: string; generation: number };

export function newService(teamId: string = randomUUID()): Service {
  return { id: randomUUID(), teamId, appId: `a${randomBytes(4).toString("hex").slice(0, 7)}`, generation: 0 };
}

const ACCESS = { is_private: false, allowed_ips: [] };

/** A deploy of a new source, or of the image of an earlier release. */
export function deployPlan(
  world: Pick<World, "machine">,
  service: Service,
  release: number,
  change: Partial<PlanOf<"deploy">> = {},
): PlanOf<"deploy"> {
  const source = { id: randomUUID(), sha256: "0".repeat(64), bytes: 1, recipe: "dockerfile" as const };
  if (change.source === undefined) world.machine.addSource(source.id);
  return {
    verb: "deploy",
    app_id: service.appId,
    release,
    port: 8080,
    variables: { SECRET: "canary-of-a-variable" },
    limits: { memory_mb: 64, cpu: 0.5, disk_mb: 64 },
    access: ACCESS,
    source,
    image_of: null,
    ...change,
  };
}

/** Has the process accept the plan. @returns the operation's id */
export async function accept(world: World, process: Process, service: Service, plan: OperationPlan): Promise<string> {
  const operationId = randomUUID();
  service.generation += 1;
  const { id: service_id, teamId: team_id, generation } = service;
  await process.accept({ operation_id: operationId, service_id, team_id, generation, plan: await world.seal(plan) });
  return operationId;
}

/** Waits until nothing of the operation is left to do. @returns its status */
export async function ended(world: World, operationId: string) {
  const read = async () =>
    (
      await world.registry.query<{ state: string; failure: unknown; is_ended: boolean }>(
        "SELECT state, failure, finished_at IS NOT NULL AS is_ended FROM operations WHERE operation_id = $1",
        [operationId],
      )
    ).rows[0];
  await expect.poll(async () => (await read())?.is_ended, { timeout: 20_000, interval: 10 }).toBe(true);
  return read();
}
