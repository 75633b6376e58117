/**
 * The subjects a tenant's user may use. Its account is isolated, so none of these reaches another tenant. The JetStream API is listed verb by verb: servers before 2.10.27 let any client that may publish to
 * `$JS.API.ACCOUNT.PURGE.*` delete the streams of any account he can name (CVE-2025-30215).
 */
import type { Access } from "../../../contract/jobs.ts";

/** Where answers to requests come in. */
const INBOX = "_INBOX.>";
/** Acknowledgements, and the answers flow control wants. */
const ACKNOWLEDGE = ["$JS.ACK.>", "$JS.FC.>"];

const api = (...verbs: string[]) => verbs.map((verb) => `$JS.API.${verb}`);
const READ = api("INFO", "STREAM.NAMES", "STREAM.LIST", "STREAM.INFO.*", "STREAM.MSG.GET.*", "DIRECT.GET.>");
const REMOVE = api("STREAM.DELETE.*", "STREAM.PURGE.*", "STREAM.MSG.DELETE.*");
/** Reading needs a consumer, so making one is no writing. */
const CONSUME = api(
  "CONSUMER.CREATE.>",
  "CONSUMER.DURABLE.CREATE.*.*",
  "CONSUMER.NAMES.*",
  "CONSUMER.LIST.*",
  "CONSUMER.INFO.*.*",
  "CONSUMER.DELETE.*.*",
  "CONSUMER.MSG.NEXT.*.*",
  "CONSUMER.PAUSE.*.*",
  "CONSUMER.RESET.*.*",
  "CONSUMER.UNPIN.*.*",
);
const WRITE = api("STREAM.CREATE.*", "STREAM.UPDATE.*");

export type Permissions = { pub: { allow: string[] }; sub: { allow: string[] } };

/** `none` has no permissions: such an account refuses every connection. */
export function permissionsOf(prefix: string, access: Exclude<Access, "none">): Permissions {
  const own = `${prefix}.>`;
  const always = [INBOX, ...ACKNOWLEDGE, ...READ, ...REMOVE, ...CONSUME];
  return { pub: { allow: access === "full" ? [own, ...always, ...WRITE] : always }, sub: { allow: [own, INBOX] } };
}
