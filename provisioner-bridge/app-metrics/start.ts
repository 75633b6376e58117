/** Puts together what measures apps and what reads it. */
import type pg from "pg";
import { type AnsweredRequest, listenForRequests } from "../ingress/haproxy/request-log.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { Driver } from "../services/driver.ts";
import { type AppMetricsReader, createMetricsReader } from "./reader.ts";
import { startSampler } from "./sampler.ts";
import { createMetricsStore } from "./store.ts";

export type AppMetricsDeps = {
  registry: pg.Pool;
  driver: Driver;
  clock: Clock;
  random: Random;
  log: Log;
  /** Where the proxy sends a line for each answered request; undefined: requests are not counted. */
  requests: string | undefined;
};

export function startAppMetrics(deps: AppMetricsDeps): AppMetricsReader & { stop(): Promise<void> } {
  const { requests, log } = deps;
  const store = createMetricsStore(deps.clock);
  const sampler = startSampler({ ...deps, store });
  const take = ({ appId, status, ms }: AnsweredRequest) => store.noteRequest(appId, status, ms);
  const deafen = requests === undefined ? () => {} : listenForRequests(requests, log, take);
  return {
    ...createMetricsReader({ ...deps, store }),
    stop() {
      deafen();
      return sampler.stop();
    },
  };
}
