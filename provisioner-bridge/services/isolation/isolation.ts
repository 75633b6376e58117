/**
 * Whether containers are kept from this machine and from each other. Fails closed: until probes have shown it, and from a probe on that
 * shows otherwise or cannot run, nothing is built or started. What runs goes on. docs/deploys.md, "Isolation".
 */
import type { Log } from "../../log.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import { Refusal } from "../../refusal.ts";

const CONFIRMED_INTERVAL_MS = 600_000;
const BACKOFF_MIN_MS = 2_000;
const BACKOFF_MAX_MS = 300_000;
const PROBE_TIMEOUT_MS = 180_000;
/** How long after the start a caller waits for probes that run to their end. They take a few seconds; a container engine may not be ready yet. */
const FIRST_TIMEOUT_MS = 60_000;

export type Isolation = {
  isConfirmed(): boolean;
  /** Resolves when it is confirmed. Waits for the first probes of this process. @throws Refusal builder_unavailable */
  require(): Promise<void>;
  /** For the readiness matrix; null when it is confirmed. */
  trouble(): string | null;
  /** Calls the listener each time it becomes confirmed, and now where it is. */
  onConfirmed(listener: () => void): void;
  /** Resolves when probes that run have been broken off and cleared up. */
  stop(): Promise<void>;
};

export type IsolationDeps = {
  clock: Clock;
  random: Random;
  log: Log;
  /** @returns the places that containers reached @throws when it cannot be known */
  findReachable(signal: AbortSignal): Promise<string[]>;
};

/** For development where no firewall can be installed: nothing is probed. */
export const uncheckedIsolation: Isolation = {
  isConfirmed: () => true,
  require: async () => {},
  trouble: () => null,
  onConfirmed: (listener) => listener(),
  stop: async () => {},
};

type State = "unknown" | "confirmed" | "reachable" | "failed";
const TROUBLES: Record<State, string | null> = {
  unknown: "the isolation of containers is being checked",
  confirmed: null,
  reachable: "containers reach this machine or each other: nothing is built or started",
  failed: "the isolation of containers could not be checked: nothing is built or started",
};

export function startIsolation({ clock, random, log, findReachable }: IsolationDeps): Isolation {
  const stopping = new AbortController();
  const listeners: (() => void)[] = [];
  const first = Promise.withResolvers<void>();
  let state: State = "unknown";
  let failures = 0;
  let cancel = () => {};

  async function probe(): Promise<State> {
    const late = new AbortController();
    const cancelTimeout = clock.after(PROBE_TIMEOUT_MS, () => late.abort(new Error("the probes took too long")));
    try {
      const reached = await findReachable(AbortSignal.any([stopping.signal, late.signal]));
      if (reached.length === 0) return "confirmed";
      log.error({ reached }, "containers are not isolated: nothing is built or started");
      return "reachable";
    } catch (err) {
      if (!stopping.signal.aborted) log.error({ err }, "the isolation of containers could not be checked: nothing is built or started");
      return "failed";
    } finally {
      cancelTimeout();
    }
  }

  async function pass(): Promise<void> {
    const before = state;
    state = await probe();
    failures = state === "confirmed" ? 0 : failures + 1;
    if (state !== "failed") first.resolve();
    if (stopping.signal.aborted) return;
    if (state === "confirmed" && before !== "confirmed") {
      log.info("containers are isolated");
      for (const listener of listeners) listener();
    }
    cancel = clock.after(pauseMs(), () => {
      running = pass();
    });
  }

  function pauseMs(): number {
    if (failures === 0) return CONFIRMED_INTERVAL_MS;
    return Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (failures - 1)) * (1 + random.fraction());
  }

  const cancelFirst = clock.after(FIRST_TIMEOUT_MS, first.resolve);
  let running = pass();
  return {
    isConfirmed: () => state === "confirmed",
    async require() {
      await first.promise;
      if (state !== "confirmed") throw new Refusal("builder_unavailable");
    },
    trouble: () => TROUBLES[state],
    onConfirmed(listener) {
      listeners.push(listener);
      if (state === "confirmed") listener();
    },
    async stop() {
      cancel();
      cancelFirst();
      first.resolve();
      stopping.abort(new Error("the bridge stops"));
      await running;
    },
  };
}
