/** Turns an address into keyed hashes, which is all the rest of the Worker gets. */
import type { Client } from "../context.ts";
import type { Hasher } from "../crypto/hash.ts";
import type { Ids } from "../ports/ids.ts";
import type { ClientAddress } from "./fingerprint.ts";

type Parts = { address: ClientAddress; asn: number | null; hasher: Hasher; ids: Ids };

/** @param asn the network operator's number as the platform knows it, or null */
export async function identify({ address, asn, hasher, ids }: Parts): Promise<Client> {
  const nowhere = { networkHash: null, asnHash: null };
  if (address.kind === "local") {
    return { scope: "local", fingerprint: await hasher.fingerprint(["local"]), isLocal: true, dailyCapped: false, ...nowhere };
  }
  // Callers behind a shared address must not claim each other's resources, so each request gets a fingerprint of its own.
  const stranger = () => hasher.fingerprint(["stranger", ids.uuid()]);
  if (address.kind === "unknown") {
    return { scope: "unknown", fingerprint: await stranger(), isLocal: false, dailyCapped: true, ...nowhere };
  }
  const operator = asn === null ? "" : String(asn);
  const [own, networkHash, asnHash] = await Promise.all([
    hasher.fingerprint(["address", address.identity, operator]),
    hasher.fingerprint(["network", address.network]),
    asn === null ? null : hasher.fingerprint(["asn", operator]),
  ]);
  const fingerprint = address.isShared ? await stranger() : own;
  return { scope: own, fingerprint, isLocal: false, dailyCapped: !address.isShared, networkHash, asnHash };
}
