/** Users and roles as the catalogue holds them. */
import { BlockList, isIP } from "node:net";
import { z } from "zod";
import { CommandError } from "../errors.ts";
import type { Parsed } from "../wire/bson.ts";
import type { Privilege, RoleName } from "./rights.ts";

const BAD_VALUE = 2;
const IPV4_BITS = 32;
const IPV6_BITS = 128;

export type User = {
  /** Changes with a drop and a create, which ends the open sessions of the old user. */
  id: string;
  name: string;
  db: string;
  roles: readonly RoleName[];
  customData: Parsed;
  restrictions: readonly Restriction[];
};
export type Role = { name: string; db: string; privileges: readonly Privilege[] };

export const restrictionSchema = z.object({ clientSource: z.array(z.string()).optional(), serverAddress: z.array(z.string()).optional() });
export type Restriction = z.infer<typeof restrictionSchema>;

/** How many connections this user may hold; -1 is no limit. The platform notes it in the user's custom data. */
export function connectionLimitOf({ customData }: Pick<User, "customData">): number {
  const { connections } = customData;
  return typeof connections === "number" ? connections : -1;
}

/** Whether this user may connect from `address`. One matching restriction is enough. */
export function isWelcome({ restrictions }: User, address: string): boolean {
  if (restrictions.length === 0) return true;
  return restrictions.some(({ clientSource }) => clientSource === undefined || listOf(clientSource).check(address, familyOf(address)));
}

function listOf(sources: readonly string[]): BlockList {
  const list = new BlockList();
  for (const source of sources) {
    const [network = "", bits] = source.split("/");
    const family = familyOf(network);
    const prefix = bits === undefined ? (family === "ipv4" ? IPV4_BITS : IPV6_BITS) : Number(bits);
    if (isIP(network) === 0 || !Number.isInteger(prefix)) throw new CommandError(BAD_VALUE, `not an address: ${source}`);
    list.addSubnet(network, prefix, family);
  }
  return list;
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
