/**
 * Passes over all keys of a server: one at a time, and few. A call while one runs is served by the next; the result of a long
 * one is reused long enough that passes take at most a fifth of the time. Each result also decides cuts (cuts/cuts.ts).
 */
import type { EngineDeps } from "../deps.ts";
import { readInfo } from "./info.ts";
import { measureKeyspace } from "./keyspace.ts";
import type { RedisServer } from "./server.ts";

/** A pass this short may be repeated without a rest. */
const SHORT_MS = 250;
const REST_PER_PASS = 4;

export type Pass = {
  sizes: ReadonlyMap<string, number>;
  /** Bytes the server used when the pass began. */
  usedBytes: number;
  endedMs: number;
  durationMs: number;
};

export type Passes = {
  /** `exact` looks at every element of every value, and never takes an earlier result. */
  measure(options?: { exact: boolean }): Promise<Pass>;
  latest(): Pass | undefined;
};

export function createPasses(server: RedisServer, deps: Pick<EngineDeps, "measured">): Passes {
  let latest: Pass | undefined;
  let running: Promise<Pass> | undefined;
  let next: { wanted: { exact: boolean }; pass: Promise<Pass> } | undefined;

  function begin(exact: boolean): Promise<Pass> {
    running = onePass(server, deps, exact).then((pass) => {
      latest = pass;
      return pass;
    });
    const ended = () => {
      running = undefined;
    };
    running.then(ended, ended);
    return running;
  }

  /** One pass for all calls that came while another runs; exact when one of them wants it so. */
  function afterThis(current: Promise<Pass>, exact: boolean): Promise<Pass> {
    if (next === undefined) {
      const wanted = { exact };
      const pass = current
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return begin(wanted.exact);
        });
      next = { wanted, pass };
    }
    next.wanted.exact ||= exact;
    return next.pass;
  }

  return {
    latest: () => latest,
    async measure({ exact } = { exact: false }) {
      if (!exact && latest !== undefined && isFresh(latest, server.clock.elapsedMs())) return latest;
      return running === undefined ? begin(exact) : afterThis(running, exact);
    },
  };
}

function isFresh({ durationMs, endedMs }: Pass, nowMs: number): boolean {
  return durationMs > SHORT_MS && nowMs < endedMs + REST_PER_PASS * durationMs;
}

async function onePass(server: RedisServer, deps: Pick<EngineDeps, "measured">, exact: boolean): Promise<Pass> {
  const { clock, config, link, log } = server;
  const begunMs = clock.elapsedMs();
  const { used_memory: usedBytes } = await readInfo(link);
  const sizes = await measureKeyspace(link, { exact });
  const endedMs = clock.elapsedMs();
  await deps.measured({ engine: "redis", server: config.id, sizes }).catch((err: unknown) => {
    log.warn({ err }, "tenants far over their size could not be cut yet");
  });
  return { sizes, usedBytes, endedMs, durationMs: endedMs - begunMs };
}
