/** What the outside gives an engine. */
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { Measured } from "./measured.ts";

/** What an engine is built from, beside its servers. */
export type EngineDeps = {
  /** Stands in the mark of every tenant. */
  registryId: string;
  random: Random;
  clock: Clock;
  log: Log;
  /** To be called when a forgetful server has come back: its tenants are made again at once. */
  returned: () => void;
  /** To be called when an engine sees a server fill up: its tenants are measured and reported at once. */
  pressure: (server: string) => void;
  /** To be called with what was found on a whole server by an engine that cannot limit a size itself: gross excess is cut at once. */
  measured: (found: Measured) => Promise<void>;
};
