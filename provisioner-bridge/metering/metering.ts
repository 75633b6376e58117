/** Metering of every server: one loop each, so that a server that hangs does not delay the others, and a server under pressure is measured at once. */
import type { Engine } from "../engines/engine.ts";
import { type Loop, startLoop } from "../loop.ts";
import type { Metrics } from "../metrics.ts";
import type { Random } from "../ports/random.ts";
import { type MeteringDeps, meterServer, type PassResult } from "./pass.ts";
import { createReported } from "./reported.ts";

export type Metering = {
  /** The next pass over this server comes at once; the engine reports that it fills up. */
  hurry(server: string): void;
  /** One pass over this server now; for tests and operators. @throws what `meterServer` throws */
  measureNow(server: string): Promise<PassResult>;
  stop(): Promise<void>;
};

export type MeteringOptions = MeteringDeps & { engines: readonly Engine[]; random: Random; metrics: Metrics; intervalMs: number };

const SECOND_MS = 1_000;

export function startMetering(options: MeteringOptions): Metering {
  const { engines, clock, random, log, metrics, intervalMs } = options;
  const meters = new Map<string, { loop: Loop; pass: () => Promise<PassResult> }>();
  for (const engine of engines) {
    for (const server of engine.servers) {
      const reported = createReported();
      const pass = () => meterServer(options, engine, server, reported);
      const once = async (): Promise<void> => {
        const begun = clock.elapsedMs();
        try {
          const { measured, reported: news } = await pass();
          metrics.metered({ engine: engine.engine, server, outcome: "ok" }, (clock.elapsedMs() - begun) / SECOND_MS);
          log.debug({ server, measured, news }, "metered");
        } catch (err) {
          metrics.metered({ engine: engine.engine, server, outcome: "failed" }, (clock.elapsedMs() - begun) / SECOND_MS);
          log.warn({ err, server }, "a server could not be metered");
        }
      };
      meters.set(server, { loop: startLoop({ clock, random, intervalMs, pass: once }), pass });
    }
  }
  return {
    hurry: (server) => meters.get(server)?.loop.hurry(),
    async measureNow(server) {
      const meter = meters.get(server);
      if (meter === undefined) throw new Error(`server "${server}" is not configured`);
      return meter.pass();
    },
    stop: async () => {
      await Promise.all([...meters.values()].map(({ loop }) => loop.stop()));
    },
  };
}
