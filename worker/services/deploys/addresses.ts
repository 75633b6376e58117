/** Addresses and networks that may call a private deployment. */
import ipaddr from "ipaddr.js";

/** @returns the address, or the network with its host bits cleared, in its usual notation; null when it is neither */
export function parseAddress(text: string): string | null {
  if (text.includes("/")) return parseNetwork(text);
  // Old notations such as 127.1 or 0x7f000001 are refused: readers take them for something else.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text).toString();
  return ipaddr.IPv6.isValid(text) && !text.includes("%") ? ipaddr.process(text).toString() : null;
}

function parseNetwork(text: string): string | null {
  const [host = ""] = text.split("/");
  if (ipaddr.IPv4.isValidFourPartDecimal(host) && ipaddr.IPv4.isValidCIDR(text))
    return `${ipaddr.IPv4.networkAddressFromCIDR(text)}/${ipaddr.IPv4.parseCIDR(text)[1]}`;
  if (!ipaddr.IPv6.isValidCIDR(text) || text.includes("%")) return null;
  return `${ipaddr.IPv6.networkAddressFromCIDR(text)}/${ipaddr.IPv6.parseCIDR(text)[1]}`;
}
