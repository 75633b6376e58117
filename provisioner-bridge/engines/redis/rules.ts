/**
 * What a tenant may do, as ACL rules. Begins with nothing and adds kinds of data: commands of a newer Redis or of a module stay
 * forbidden until they are added here. The server checks every key and every
 * channel that a command names; what is taken away below names neither, or acts on the whole server. Which command ends up on which
 * side: test/engines/redis/command-table.ts.
 */
import type { Access } from "../../../contract/jobs.ts";
import { keyPrefix } from "./address.ts";

const DATA = ["string", "hash", "list", "set", "sortedset", "stream", "bitmap", "hyperloglog", "geo", "keyspace", "transaction", "pubsub"];

/** SCAN, RANDOMKEY and DBSIZE see all tenants' keys, PUBSUB all tenants' channels; MOVE would hide keys in another database. */
const NOT_OF_ONE_TENANT = ["-scan", "-randomkey", "-dbsize", "-move", "-pubsub"];

/** Dangerous by name only: with one prefix, BY and GET of a SORT are refused by the server itself. */
const SAFE_ALL_THE_SAME = ["+sort", "+sort_ro"];

/** What clients send when they connect, and what tells a tenant about itself. HELLO, AUTH, RESET and QUIT need no rule. */
const CONNECTION = ["+ping", "+echo", "+time", "+command", "+client|id", "+client|setname", "+client|getname", "+memory|usage"];

/*
 * No scripting. Every call inside a script is checked like any other, so EVAL would not show another tenant's data; but a script that
 * has written and then loops ends only with the whole server (SCRIPT KILL refuses), its owner cannot be found (CLIENT LIST
 * is BUSY), and cached scripts take memory that is counted for no tenant. What was measured: docs/limits.md.
 */
const FULL: readonly string[] = [
  "-@all",
  ...DATA.map((category) => `+@${category}`),
  "-@dangerous",
  ...SAFE_ALL_THE_SAME,
  ...NOT_OF_ONE_TENANT,
  ...CONNECTION,
];

/** Writes that can only make a tenant smaller: the way back from being far over its size. */
const DELETES: readonly string[] = [
  ...["del", "unlink", "getdel", "expire", "pexpire", "expireat", "pexpireat"],
  ...["lpop", "rpop", "blpop", "brpop", "lmpop", "blmpop", "lrem", "ltrim"],
  ...["spop", "srem", "hdel"],
  ...["zrem", "zremrangebyrank", "zremrangebyscore", "zremrangebylex", "zpopmin", "zpopmax", "bzpopmin", "bzpopmax", "zmpop", "bzmpop"],
  ...["xdel", "xtrim", "xack", "xgroup|destroy", "xgroup|delconsumer"],
];

const COMMANDS: Readonly<Record<Access, readonly string[]>> = {
  full: FULL,
  read_only: [...FULL, "-@write", ...DELETES.map((command) => `+${command}`)],
  none: ["-@all"],
};

/** What this server's version has beyond the oldest one that is taken. */
export type ServerFeatures = { clientSetInfo: boolean };

/** Replaces all rules the user had; its password stays. */
export function rulesFor(name: string, access: Access, features: ServerFeatures): string[] {
  const prefix = keyPrefix(name);
  return [
    ...[access === "none" ? "off" : "on", "clearselectors", "resetkeys", `~${prefix}*`, "resetchannels", `&${prefix}*`],
    ...COMMANDS[access],
    ...(features.clientSetInfo && access !== "none" ? ["+client|setinfo"] : []),
  ];
}
