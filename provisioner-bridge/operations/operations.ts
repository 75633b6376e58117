/**
 * Operations of one bridge: accepts them, starts those whose turn has come, and takes over those whose process is gone.
 * docs/decisions/0012-operations.md.
 */
import type { OperationStatus } from "../../contract/operations.ts";
import type { ServiceJobOf } from "../../contract/service-jobs.ts";
import { type Loop, startLoop } from "../loop.ts";
import { transaction, withRegistry } from "../registry/database.ts";
import { giveBack, type Held } from "../registry/operation-progress.ts";
import { arrangeQueue, type ClaimedOperation, claimOperations, QUEUE_LOCK } from "../registry/operation-queue.ts";
import { purgeOperations, readOperations, statusOf } from "../registry/operations.ts";
import { purgeTombstones } from "../registry/services.ts";
import type { Isolation } from "../services/isolation/isolation.ts";
import { acceptOperation } from "./accept.ts";
import { Cancelled, type Kept, keepLease } from "./lease.ts";
import { restoreWhenIsolated } from "./restore.ts";
import { type RunnerDeps, type RunSignals, runOperation } from "./runner.ts";

/** How often the registry is looked at for operations of a process that is gone. */
const LOOK_EVERY_MS = 5_000;
/** Of all verbs together. What is above waits for its turn. */
const RUNNING_MAX = 24;
const DAY_MS = 86_400_000;
const KEPT_DAYS = 7;
const PURGE_EVERY_MS = 600_000;

export type Operations = {
  /** The apps that stood still at the start were started again, as far as they could be. */
  hasRestored(): boolean;
  /** @throws Refusal */
  accept(args: ServiceJobOf<"operate">["args"]): Promise<OperationStatus>;
  /** Unknown ones are left out. */
  statuses(ids: readonly string[]): Promise<OperationStatus[]>;
  /** Breaks off what runs and gives the leases back, so that the next process goes on at once. */
  stop(): Promise<void>;
};

export type OperationsDeps = Omit<RunnerDeps, "onBuilt"> & {
  bridgeId: string;
  builds: number;
  leaseMs: number;
  isolation: Pick<Isolation, "isConfirmed" | "onConfirmed">;
};

export function startOperations(deps: OperationsDeps): Operations {
  const { registry, bridgeId, clock, random, log, onChange, isolation } = deps;
  const holder = random.uuid();
  const own = { bridge: bridgeId, builds: deps.builds, holder };
  const purge = createPurge(deps);
  const stopping = new AbortController();
  const running = new Map<string, { serviceId: string; lease: Kept; ended: Promise<void> }>();

  async function claim(): Promise<ClaimedOperation[]> {
    const [limit, at, except] = [RUNNING_MAX - running.size, clock.now(), [...running.keys()]];
    const leaseUntil = new Date(at.getTime() + deps.leaseMs);
    return withRegistry(registry, (client) =>
      transaction(client, { opening: QUEUE_LOCK }, async () => {
        const claimed = await claimOperations(client, { ...own, limit, at, leaseUntil, except, deploys: isolation.isConfirmed() });
        await arrangeQueue(client, bridgeId);
        return claimed;
      }),
    );
  }

  function start(claimed: ClaimedOperation): void {
    const held = { operationId: claimed.operation_id, holder };
    const [lost, cancelled] = [new AbortController(), new AbortController()];
    if (!claimed.is_wanted) cancelled.abort(new Cancelled());
    const lease = keepLease(deps, held, { lost, cancelled });
    const signals = { signal: AbortSignal.any([stopping.signal, lost.signal]), cancelled: cancelled.signal };
    running.set(claimed.operation_id, { serviceId: claimed.service_id, lease, ended: run(claimed, held, lease, signals) });
  }

  async function run(claimed: ClaimedOperation, lease: Held, kept: Kept, signals: RunSignals): Promise<void> {
    try {
      const runner = { ...deps, onBuilt: () => loop.hurry() };
      await runOperation(runner, claimed, lease, signals);
    } catch (err) {
      // Given back only by a process that stops: otherwise the end of the lease is the pause before the next try.
      if (!stopping.signal.aborted) log.error({ err, operation_id: lease.operationId }, "an operation was broken off");
      else await withRegistry(registry, (client) => giveBack(client, lease)).catch(() => undefined);
    } finally {
      kept.end();
      running.delete(claimed.operation_id);
      loop.hurry();
    }
  }

  async function look(): Promise<void> {
    try {
      const claimed = await claim();
      for (const one of claimed) start(one);
      if (claimed.length > 0) onChange();
      await purge();
    } catch (err) {
      log.warn({ err }, "the queue of operations could not be read");
    }
  }

  const loop: Loop = startLoop({ clock, random, intervalMs: LOOK_EVERY_MS, pass: look });
  loop.hurry();
  isolation.onConfirmed(() => loop.hurry());
  return {
    hasRestored: restoreWhenIsolated(deps),
    async accept(args) {
      const status = await acceptOperation(deps, args);
      // A delete cancels what runs of its service: the renewal finds out.
      for (const { serviceId, lease } of running.values()) if (serviceId === args.service_id) void lease.hurry();
      loop.hurry();
      onChange();
      return status;
    },
    statuses: async (ids) => (await withRegistry(registry, (client) => readOperations(client, bridgeId, ids))).map(statusOf),
    async stop() {
      const looked = loop.stop();
      stopping.abort(new Error("the bridge stops"));
      await looked;
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

/** Removes what ended long ago, at most once per PURGE_EVERY_MS. */
function createPurge({ registry, clock }: Pick<OperationsDeps, "registry" | "clock">): () => Promise<void> {
  let purgedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.elapsedMs() - purgedAt < PURGE_EVERY_MS) return;
    purgedAt = clock.elapsedMs();
    const before = new Date(clock.now().getTime() - KEPT_DAYS * DAY_MS);
    await withRegistry(registry, async (client) => {
      await purgeOperations(client, before);
      await purgeTombstones(client, before);
    });
  };
}
