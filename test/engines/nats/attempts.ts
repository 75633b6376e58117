/**
 * Every form of subject a tenant may try, and whether the server lets it publish there and subscribe to it. `{own}` and `{neighbour}`
 * are subject prefixes, `{own-key}` and `{neighbour-key}` the public keys of accounts. What is allowed acts in the tenant's own account only.
 */
export type Attempt = { subject: string; publish: boolean; subscribe: boolean };

const both = (...subjects: string[]): Attempt[] => subjects.map((subject) => ({ subject, publish: true, subscribe: true }));
const publishOnly = (...subjects: string[]): Attempt[] => subjects.map((subject) => ({ subject, publish: true, subscribe: false }));
const neither = (...subjects: string[]): Attempt[] => subjects.map((subject) => ({ subject, publish: false, subscribe: false }));

const NAMESPACE: readonly Attempt[] = [
  ...both("{own}.jobs", "{own}.jobs.mail", "{own}.a.b.c.d.e.f.g", "{own}.*", "{own}.>", "{own}.*.mail", "{own}.jobs.>"),
  ...both("_INBOX.abc", "_INBOX.abc.1", "_INBOX.>", "_INBOX.*"),
  // The prefix itself, longer and shorter ones.
  ...neither("{own}", "{own}x", "{own}x.jobs", "tenant_", "tenant_.jobs", "tenant_*", "tenant_*.jobs", "tenant_>"),
  ...neither("{neighbour}", "{neighbour}.jobs", "{neighbour}.*", "{neighbour}.>", "{neighbour}.jobs.mail"),
  ...neither(">", "*", "*.>", "*.*", "*.jobs", "jobs", "jobs.mail", "a.b.c", "events.>", "TENANT.jobs"),
  ...neither("_INBOX", "_inbox.abc", "_R_.abc", "_GR_.abc", "$KV.bucket.key", "$KV.>", "$O.bucket.C.x", "$MQTT.>", "$NRG.>", "$LDS.>"),
];

const SYSTEM: readonly Attempt[] = neither(
  "$SYS",
  "$SYS.>",
  "$SYS.*",
  "$SYS.ACCOUNT.>",
  "$SYS.ACCOUNT.{own-key}.CONNECT",
  "$SYS.ACCOUNT.{neighbour-key}.CONNECT",
  "$SYS.ACCOUNT.{neighbour-key}.DISCONNECT",
  "$SYS.SERVER.>",
  "$SYS.REQ.SERVER.PING",
  "$SYS.REQ.SERVER.PING.JSZ",
  "$SYS.REQ.ACCOUNT.PING.CONNZ",
  "$SYS.REQ.ACCOUNT.PING.STATZ",
  "$SYS.REQ.ACCOUNT.{neighbour-key}.CONNZ",
  "$SYS.REQ.ACCOUNT.{neighbour-key}.INFO",
  "$SYS.REQ.ACCOUNT.{neighbour-key}.CLAIMS.LOOKUP",
  "$SYS.REQ.CLAIMS.UPDATE",
  "$SYS.REQ.CLAIMS.DELETE",
  "$SYS.REQ.CLAIMS.LIST",
  "$SYS.REQ.CLAIMS.PACK",
  "$SYS.REQ.USER.INFO",
  "$SYS.REQ.SERVER.RELOAD",
  "$SYS.DEBUG.SUBSCRIBERS",
);

const JETSTREAM: readonly Attempt[] = [
  ...publishOnly(
    "$JS.API.INFO",
    "$JS.API.STREAM.CREATE.S",
    "$JS.API.STREAM.UPDATE.S",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.INFO.S",
    "$JS.API.STREAM.DELETE.S",
    "$JS.API.STREAM.PURGE.S",
    "$JS.API.STREAM.MSG.GET.S",
    "$JS.API.STREAM.MSG.DELETE.S",
    "$JS.API.CONSUMER.CREATE.S",
    "$JS.API.CONSUMER.CREATE.S.c",
    "$JS.API.CONSUMER.CREATE.S.c.{own}.jobs.>",
    "$JS.API.CONSUMER.DURABLE.CREATE.S.c",
    "$JS.API.CONSUMER.NAMES.S",
    "$JS.API.CONSUMER.LIST.S",
    "$JS.API.CONSUMER.INFO.S.c",
    "$JS.API.CONSUMER.DELETE.S.c",
    "$JS.API.CONSUMER.MSG.NEXT.S.c",
    "$JS.API.CONSUMER.PAUSE.S.c",
    "$JS.API.CONSUMER.RESET.S.c",
    "$JS.API.CONSUMER.UNPIN.S.c",
    "$JS.API.DIRECT.GET.S",
    "$JS.API.DIRECT.GET.S.{own}.jobs.mail",
    "$JS.ACK.S.c.1.1.1.1.0",
    "$JS.ACK.other.c.1.1.1.1.0",
    "$JS.FC.S.c.x",
  ),
  ...neither(
    // What reaches beyond the account: CVE-2025-30215.
    "$JS.API.ACCOUNT.PURGE.{neighbour-key}",
    "$JS.API.ACCOUNT.PURGE.{own-key}",
    "$JS.API.ACCOUNT.STREAM.MOVE.{neighbour-key}.S",
    "$JS.API.ACCOUNT.STREAM.CANCEL_MOVE.{neighbour-key}.S",
    "$JS.API.SERVER.REMOVE",
    "$JS.API.SERVER.STREAM.MOVE.{neighbour-key}.S",
    "$JS.API.META.LEADER.STEPDOWN",
    "$JS.API.STREAM.PEER.REMOVE.S",
    "$JS.API.STREAM.LEADER.STEPDOWN.S",
    "$JS.API.CONSUMER.LEADER.STEPDOWN.S.c",
    // Streams as files, in and out.
    "$JS.API.STREAM.SNAPSHOT.S",
    "$JS.API.STREAM.RESTORE.S",
    "$JS.SNAPSHOT.ACK.S.x",
    "$JS.SNAPSHOT.RESTORE.S.x",
    // Another domain's, or another account's, where there were one.
    "$JS.hub.API.INFO",
    "$JS.{neighbour-key}.API.INFO",
    "$JS.API",
    "$JS.API.>",
    "$JS.API.*",
    "$JS.>",
    "$JS.*",
    "$JSC.>",
    "$JS.EVENT.ADVISORY.>",
    "$JS.EVENT.METRIC.>",
    "$JS.DS.ACK.S.x",
    "$JS.ACK",
    "$JS.FC",
  ),
  // A subject with a wildcard is a name like any other when something is published to it; nothing is answered there.
  ...publishOnly("$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.CREATE.>", "$JS.ACK.>", "$JS.FC.>"),
];

export const ATTEMPTS: readonly Attempt[] = [...NAMESPACE, ...SYSTEM, ...JETSTREAM];
