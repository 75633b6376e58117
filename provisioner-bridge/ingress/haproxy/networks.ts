/** Addresses and networks as prefixes of hexadecimal text, which HAProxy's maps compare by their beginning. */
import ipaddr from "ipaddr.js";

const BITS_PER_DIGIT = 4;
const IPV4_DIGITS = 8;
/** An IPv4 client of a socket for both families: ::ffff:a.b.c.d. */
const MAPPED = "00000000000000000000FFFF";
const MAPPED_BITS = 96;

/**
 * `<digits of the whole address>/<its first digits>` of every group of clients in the network: a length that is no multiple of four
 * bits takes up to eight. None for text that is no address, so that a malformed address admits no client.
 */
export function clientPrefixes(network: string): string[] {
  const parsed = parse(network);
  if (parsed === null) return [];
  const [address, bits] = parsed;
  const digits = hex(address);
  const prefixes = withDigits(digits, bits).map((prefix) => `${digits.length}/${prefix}`);
  if (digits.length !== IPV4_DIGITS) return prefixes;
  return [...prefixes, ...withDigits(MAPPED + digits, MAPPED_BITS + bits).map((prefix) => `${MAPPED.length + IPV4_DIGITS}/${prefix}`)];
}

function parse(network: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | null {
  const [text = ""] = network.split("/");
  // The library also takes the short and octal forms of inet_aton, which people read as other addresses.
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return null;
  try {
    if (network.includes("/")) return unmapped(...ipaddr.parseCIDR(network));
    const address = ipaddr.parse(network);
    return unmapped(address, address.toByteArray().length * 8);
  } catch {
    return null;
  }
}

function unmapped(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS;
  return isMapped ? [address.toIPv4Address(), bits - MAPPED_BITS] : [address, bits];
}

const hex = (address: ipaddr.IPv4 | ipaddr.IPv6): string => Buffer.from(address.toByteArray()).toString("hex").toUpperCase();

function withDigits(digits: string, bits: number): string[] {
  const whole = Math.floor(bits / BITS_PER_DIGIT);
  const rest = bits % BITS_PER_DIGIT;
  const prefix = digits.slice(0, whole);
  if (rest === 0) return [prefix];
  const size = 2 ** (BITS_PER_DIGIT - rest);
  const first = Math.floor(Number.parseInt(digits.charAt(whole), 16) / size) * size;
  return Array.from({ length: size }, (_, index) => prefix + (first + index).toString(16).toUpperCase());
}
