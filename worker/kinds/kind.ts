/** What only the Worker knows of a kind. The rest is in `contract/kinds/<kind>.ts`. */
import type { Credentials } from "../../contract/kinds/kind.ts";
import type { Deps } from "../deps.ts";
import type { Config } from "../env.ts";
import type { Home } from "../homes/home.ts";

export type ServedKind = {
  home: Home;
  /** False where this installation does not offer it: creates answer `service_disabled`. */
  isOffered?: (deps: Deps) => boolean;
  /** Only for credentials with keys that expire. */
  renewal?: Renewal;
};

/** When keys that expire are created anew. */
export type Renewal = {
  /** Whether these credentials should hold keys and do not: they were changed while the resource was paused. */
  lacksKeys: (credentials: Credentials) => boolean;
  /** Undefined for keys that do not expire. */
  keysEndMs: (credentials: Credentials) => number | undefined;
  /** How long new keys live; null when it is not configured. */
  freshSeconds: (config: Config) => number | null;
};
