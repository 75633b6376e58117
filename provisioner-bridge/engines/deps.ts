/** What an engine is made from, beside its configuration. */
import type { EngineName } from "../../contract/engines.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";

export type EngineDeps = {
  /** Stands in the mark of every tenant. */
  registryId: string;
  random: Random;
  clock: Clock;
  log: Log;
  /** Call it when a forgetful server has come back: its tenants are made again at once. */
  returned: () => void;
  /** Call it when a server fills up: its tenants are measured and reported at once. */
  pressure: (server: string) => void;
  /** Call it with the sizes found on a whole server, where the engine cannot limit a size itself: gross excess is cut at once. */
  measured: (found: Measured) => Promise<void>;
};

/** The sizes found on a whole server: bytes above an empty tenant's own, by engine-side name. A name that is missing stores nothing. */
export type Measured = { engine: EngineName; server: string; sizes: ReadonlyMap<string, number> };
