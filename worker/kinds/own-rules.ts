/** What a kind can add to the Worker's common behaviour. */
import type { Credentials } from "../../contract/kinds/kind.ts";
import type { Deps } from "../deps.ts";
import type { Config } from "../env.ts";

export type OwnRules = {
  /** False where this installation does not offer it: creates answer `service_disabled`. */
  isOffered?: (deps: Deps) => boolean;
  /** Only for credentials with keys that expire. */
  renewal?: Renewal;
};

/** When keys that expire are created anew. */
type Renewal = {
  /** Whether these credentials should hold keys and do not: they were changed while the resource was paused. */
  lacksKeys: (credentials: Credentials) => boolean;
  /** Undefined for keys that do not expire. */
  keysEndMs: (credentials: Credentials) => number | undefined;
  /** How long new keys live; null when it is not configured. */
  freshSeconds: (config: Config) => number | null;
};
