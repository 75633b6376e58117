/** Cuts /28 networks, each a gateway and 13 addresses, from the pool. The first ones are for builds, the others for services. */
import { BlockList } from "node:net";

const BLOCK_SIZE = 16;
const BLOCKS_PER_OCTET = 256 / BLOCK_SIZE;
const BLOCKS = 256 * BLOCKS_PER_OCTET;
const PREFIX_BITS = 28;
const ADDRESS_BITS = 32;
/** As many as builds may run at once. */
const BUILD_BLOCKS = 64;
const GATEWAY = 1;
/** Those after the gateway; the broadcast address is left out. */
const ADDRESSES = BLOCK_SIZE - 3;

export type Purpose = "build" | "service";

/** @returns the first subnet that overlaps none of `used`; undefined when there is none */
export function freeSubnet(octets: string, purpose: Purpose, used: readonly string[]): string | undefined {
  const taken = new BlockList();
  for (const subnet of used) add(taken, subnet);
  const [from, to] = purpose === "build" ? [0, BUILD_BLOCKS] : [BUILD_BLOCKS, BLOCKS];
  for (let block = from; block < to; block += 1) {
    const base = `${octets}.${Math.floor(block / BLOCKS_PER_OCTET)}.${(block % BLOCKS_PER_OCTET) * BLOCK_SIZE}`;
    if (!isWithin(base, taken) && !holdsOneOf(base, used)) return `${base}/${PREFIX_BITS}`;
  }
  return undefined;
}

function add(list: BlockList, subnet: string): void {
  const [base = "", bits = ADDRESS_BITS] = subnet.split("/");
  if (!base.includes(":")) list.addSubnet(base, Number(bits));
}

const isWithin = (base: string, list: BlockList): boolean => list.check(base);

/** A foreign network may be smaller than a block. */
function holdsOneOf(base: string, used: readonly string[]): boolean {
  const block = new BlockList();
  block.addSubnet(base, PREFIX_BITS);
  return used.some((subnet) => !subnet.includes(":") && block.check(subnet.replace(/\/.*$/, "")));
}

export const gatewayOf = (subnet: string): string => addressIn(subnet, GATEWAY);

/** What containers may have, beginning with a different one for each release, so that an address is not used again at once. */
export function addressesOf(subnet: string, release: number): string[] {
  return Array.from({ length: ADDRESSES }, (_, index) => addressIn(subnet, GATEWAY + 1 + ((index + release) % ADDRESSES)));
}

function addressIn(subnet: string, offset: number): string {
  return subnet.replace(/\d+\/\d+$/, (end) => String(Number.parseInt(end, 10) + offset));
}
