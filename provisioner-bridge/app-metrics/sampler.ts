/** Measures the processor time and the memory of all running apps, four times a minute. */
import type { Log } from "../log.ts";
import { type Loop, startLoop } from "../loop.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { ContainerUsage, Driver } from "../services/driver.ts";
import type { MetricsStore } from "./store.ts";

const SAMPLE_EVERY_MS = 15_000;

export type SamplerDeps = { driver: Pick<Driver, "usage">; store: MetricsStore; clock: Clock; random: Random; log: Log };

export function startSampler({ driver, store, clock, random, log }: SamplerDeps): Loop {
  /** Processor time counts up; what is known of a container that has ended is forgotten. */
  let before = new Map<string, { cpuMs: number; atMs: number }>();

  function note({ ref, cpuMs, memoryBytes }: ContainerUsage, after: typeof before): void {
    const key = `${ref.serviceId} ${ref.release}`;
    const atMs = clock.elapsedMs();
    after.set(key, { cpuMs, atMs });
    const last = before.get(key);
    // A restart begins at 0 again.
    if (last === undefined || cpuMs < last.cpuMs) return;
    store.noteUsage(ref.appId, { cpuMs: cpuMs - last.cpuMs, measuredMs: atMs - last.atMs, memoryBytes });
  }

  async function pass(): Promise<void> {
    try {
      const after: typeof before = new Map();
      for (const usage of await driver.usage()) note(usage, after);
      before = after;
    } catch (err) {
      log.warn({ err }, "what apps use could not be measured");
    }
  }

  return startLoop({ clock, random, intervalMs: SAMPLE_EVERY_MS, pass });
}
