/** What an engine's servers say of themselves, now and last. */
import type { Engine, ServerCapacity } from "../engines/engine.ts";
import type { Clock } from "../ports/clock.ts";
import type { Answering } from "./filler.ts";
import { createPulse } from "./pulse.ts";
import { firstSigns } from "./soon.ts";

export type Signs = {
  /** As a create asks, which does not wait for the slow ones: those that have room. */
  soon(): Promise<ServerCapacity[]>;
  /** As the filler does. */
  all(): Promise<Answering>;
  /** The engine's server, where it has no other, that one had room when it was asked last, and no question to it is open. */
  sole(): string | null;
  /** What each server said when it was asked last; nothing of one that never was. */
  latest(): ServerCapacity[];
};

/** Every question is put after the call; who asks at the same time shares the answer. */
export function createSigns(engine: Pick<Engine, "servers" | "pulse">, clock: Clock): Signs {
  const latest = new Map<string, ServerCapacity>();
  let asking = 0;
  const pulses = engine.servers.map((server) => {
    const silent: ServerCapacity = { server, status: "down", cause: new Error("no answer in time") };
    const pulse = createPulse(() => engine.pulse(server), silent, clock);
    return async () => {
      asking += 1;
      const sign = await pulse();
      asking -= 1;
      latest.set(server, sign);
      return sign;
    };
  });
  return {
    sole() {
      const [sign] = latest.values();
      return engine.servers.length === 1 && asking === 0 && sign?.status === "open" ? sign.server : null;
    },
    latest: () => [...latest.values()],
    soon: () =>
      firstSigns(
        pulses.map(async (pulse) => {
          const sign = await pulse();
          return sign.status === "open" ? sign : null;
        }),
        clock,
      ),
    async all() {
      const signs = await Promise.all(pulses.map((pulse) => pulse()));
      const those = (isWanted: (sign: ServerCapacity) => boolean) => signs.filter(isWanted).map(({ server }) => server);
      return { servers: those(({ status }) => status !== "down"), open: those(({ status }) => status === "open") };
    },
  };
}
