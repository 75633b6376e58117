/**
 * Keeps an eye on one server, once a second and cheaply (one INFO). Two things only a look can tell: that it was started anew, and so
 * has forgotten its tenants, and that its memory grows so fast that a tenant may be far over its size.
 */
import { type Info, readInfo } from "./info.ts";
import type { Pass, Passes } from "./passes.ts";
import { type Before, reasonToMeasure } from "./pressure.ts";
import type { RedisServer } from "./server.ts";

const WATCH_INTERVAL_MS = 1_000;
/** While the server reads its data back in. */
const LOADING_INTERVAL_MS = 100;

export type Watch = {
  /** A look at once: there is a new connection. The first call begins the watch. */
  now(): void;
  stop(): Promise<void>;
};

export type WatchEvents = { onNewRun: () => void; onPressure: () => void };

export function createWatch(server: RedisServer, passes: Passes, { onNewRun, onPressure }: WatchEvents): Watch {
  const { clock, link, log } = server;
  let runId: string | undefined;
  let least: { pass: Pass; bytes: number } | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;
  let cancel = () => {};

  function before(info: Info): Before | undefined {
    const pass = passes.latest();
    if (pass === undefined) return undefined;
    const known = least?.pass === pass ? least.bytes : pass.usedBytes;
    least = { pass, bytes: Math.min(known, info.used_memory) };
    return { ...pass, leastBytes: least.bytes };
  }

  /** @returns when to look again */
  async function look(): Promise<number> {
    const info = await readInfo(link);
    if (info.loading === 1) return LOADING_INTERVAL_MS;
    if (info.run_id !== runId) {
      runId = info.run_id;
      onNewRun();
    }
    const reason = reasonToMeasure(info, before(info), clock.elapsedMs());
    if (reason === null) return WATCH_INTERVAL_MS;
    const isPressing = reason === "growth" || reason === "watermark";
    const { durationMs } = await passes.measure({ exact: isPressing });
    log.debug({ reason, ms: Math.round(durationMs) }, "measured a whole server");
    if (isPressing) onPressure();
    return WATCH_INTERVAL_MS;
  }

  function schedule(ms: number): void {
    if (stopped) return;
    cancel();
    cancel = clock.after(ms, () => {
      running ??= look()
        .catch((err: unknown) => {
          log.debug({ err }, "a look at a tenants' server failed");
          return WATCH_INTERVAL_MS;
        })
        .then((pause) => {
          running = undefined;
          schedule(pause);
        });
    });
  }

  return {
    now: () => schedule(0),
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
