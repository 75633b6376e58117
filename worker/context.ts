/** The context of a service verb: the caller, the request, and the Worker's dependencies. */

import type { Role, Scope } from "../contract/accounts.ts";
import type { Allowance } from "../contract/admission.ts";
import type { Tier } from "../contract/plans.ts";
import type { Deps } from "./deps.ts";
import type { Logger } from "./ports/log.ts";

/** The caller's address, as keyed hashes only. */
export type Client = {
  /** Names the object that admits this caller: one per address, or one for all whose address is unknown. */
  scope: string;
  /** Ties anonymous resources of one caller together for a claim; random where many strangers share the address. */
  fingerprint: string;
  /** The caller is on this machine and has no cap and no rate limit. */
  isLocal: boolean;
  /** False where no daily count is kept: the local caller, and an address that many strangers share. */
  dailyCapped: boolean;
  /** Keyed hash of the /24 or /48 around the address, and of its ASN; null when there is none. */
  networkHash: string | null;
  asnHash: string | null;
};

/** A user in one team. `role`: what the membership says at this moment, also for an API key that the user created. */
export type Account = { userId: string; email: string; role: Role; team: { id: string; name: string; tier: Tier } };

/**
 * The caller. A *holder* sent the upgrade JWT of one resource and can open that resource only; a *key* acts for its team within its
 * scopes; a *session* is a person.
 */
export type Actor =
  | { kind: "anonymous" }
  | { kind: "holder"; resourceToken: string }
  | { kind: "key"; keyId: string; scopes: Scope[]; account: Account }
  | { kind: "session"; jti: string; via: "bearer" | "cookie"; account: Account };

export type RequestContext = {
  requestId: string;
  client: Client;
  actor: Actor;
  /** The caller's remaining allowances, once counted. The `RateLimit` headers of the answer show them. */
  allowances: { rate: Allowance | null; daily: Allowance | null };
  log: Logger;
  /** Waits for a step; in development the answer's `Server-Timing` header says how long it took. */
  timed: <T>(step: string, work: Promise<T>) => Promise<T>;
  /** Runs `work` after the answer; the runtime waits for it. `work` must not reject. */
  later: (work: () => Promise<void>) => void;
  deps: Deps;
};
