/** What every service verb gets: who asks, for which request, and what the Worker is made of. */
import type { Allowance } from "../contract/admission.ts";
import type { Deps } from "./deps.ts";
import type { Logger } from "./ports/log.ts";

/** The caller's address as the platform knows it: only keyed hashes, never the address. */
export type Client = {
  /** Names the object that admits this caller: one per address, or one for all whose address is unknown. */
  scope: string;
  /** Ties anonymous resources of one caller together for a claim; drawn afresh where an address is nobody's own. */
  fingerprint: string;
  /** The caller on this machine, who has no cap and no rate limit. */
  isLocal: boolean;
  /** False where no daily count is kept: the local caller, and an address that many strangers share. */
  dailyCapped: boolean;
  /** Keyed hash of the /24 or /48 around the address, and of its ASN; null when there is none. */
  networkHash: string | null;
  asnHash: string | null;
};

/**
 * Who asks. A *holder* has sent the upgrade JWT of one resource and can open exactly that one. A *team* owns what it claimed or made;
 * the credentials that make one (API key, session) come with accounts. Source: PRODUCT "upgrade_jwt".
 */
export type Actor = { kind: "anonymous" } | { kind: "holder"; resourceToken: string } | { kind: "team"; teamId: string };

export type RequestContext = {
  requestId: string;
  client: Client;
  actor: Actor;
  /** What this caller has left, as soon as somebody counted; the answer's `RateLimit` headers are made of it. */
  allowances: { rate: Allowance | null; daily: Allowance | null };
  log: Logger;
  /** Goes on after the answer; the runtime waits for it. `work` must not reject. */
  later: (work: Promise<void>) => void;
  deps: Deps;
};
