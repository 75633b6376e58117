/** What every part of a campaign shares. */
import { KINDS, type ResourceKind } from "../../contract/kinds.ts";
import { createHasher } from "../../worker/crypto/hash.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import type { SignedJobs } from "../support/signed-jobs.ts";
import type { Caller } from "./client.ts";
import type { FaultHook } from "./hook.ts";
import type { Ledger } from "./ledger.ts";
import type { Manner } from "./plan.ts";
import type { FaultyStack } from "./stack.ts";
import type { Credentials } from "./subjects/subject.ts";

export type Campaign = {
  stack: FaultyStack;
  hook: FaultHook;
  jobs: SignedJobs;
  ledger: Ledger;
  random: SeededRandom;
  /** A caller nobody has met before. */
  newCaller(kind: ResourceKind, manner: Manner): Caller;
  /** The addresses at our own API of a resource whose answer nobody has heard: its token is derived from its id. */
  links(kind: ResourceKind, resourceId: string): Promise<Credentials>;
  log(line: string): void;
};

/** Beyond the lease of a create whose Worker died (60 s), and beyond another crash of its second try. */
const PATIENCE_MS = 240_000;
const OCTET = 256;

/** Addresses of networks of their own, so that no ceiling of a network is ever met. */
export function callers(apiUrl: string): Campaign["newCaller"] {
  let count = 0;
  return (kind, manner) => {
    count += 1;
    return {
      apiUrl,
      kind,
      address: `10.${Math.floor(count / OCTET) % OCTET}.${count % OCTET}.7`,
      name: `faults ${count}`,
      key: manner === "keyless" ? null : crypto.randomUUID(),
      patienceMs: manner === "keyed_retry" ? PATIENCE_MS : 0,
    };
  };
}

export function linksOf({ apiUrl, secrets }: FaultyStack): Campaign["links"] {
  const key = (text: string) => new Uint8Array(Buffer.from(text, "base64url"));
  const hasher = createHasher({ tokenHmacKey: key(secrets.tokenHmacKey), fingerprintKey: key(secrets.fingerprintKey) });
  return async (kind, resourceId) => {
    const token = await hasher.resourceTokenFor(resourceId);
    return KINDS[kind].links?.({ publicUrl: apiUrl, token, credentials: {} }) ?? {};
  };
}
