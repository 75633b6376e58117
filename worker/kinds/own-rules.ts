/** Rules that a kind can add to the Worker's common behaviour. */
import type { Credentials } from "../../contract/kinds/kind.ts";
import type { Deps } from "../deps.ts";
import type { Config } from "../env.ts";

export type OwnRules = {
  /** Returns false when this installation does not offer the kind; creates then return `service_disabled`. */
  isOffered?: (deps: Deps) => boolean;
  /** Only for credentials with keys that expire. */
  renewal?: Renewal;
};

/** Decides when expiring keys are renewed. */
type Renewal = {
  /** Whether these credentials lack the keys they should have, because they were changed while the resource was paused. */
  lacksKeys: (credentials: Credentials) => boolean;
  /** Undefined for keys that do not expire. */
  keysEndMs: (credentials: Credentials) => number | undefined;
  /** Lifetime of new keys; null when not configured. */
  freshSeconds: (config: Config) => number | null;
};
