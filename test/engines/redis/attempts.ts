/** What a tenant may try against everybody else beside one command with one key. `{own}` and `{neighbour}` stand for names. */

export type Attempt = {
  what: string;
  /** Sent one after the other; the last one's answer counts. */
  words: readonly (readonly string[])[];
  refusal: RegExp;
};

const NOPERM = /^-NOPERM /;
/** SORT finds keys by pattern: only who may read every key may say one. */
const BY_PATTERN = /^-ERR .*denied due to insufficient ACL permissions/;
const call = (line: string): string[] => line.split(" ").map((word) => (word === "''" ? "" : word));

function refused(line: string, refusal = NOPERM): Attempt {
  const calls = line.split("; ");
  return { what: line, words: calls.map(call), refusal };
}

export const FORBIDDEN: readonly Attempt[] = [
  // Keys hidden behind options, patterns and lists.
  refused("RPUSH {own}:l 1; SORT {own}:l BY {neighbour}:*", BY_PATTERN),
  refused("SORT {own}:l BY nosort GET {neighbour}:*", BY_PATTERN),
  refused("SORT {own}:l BY {own}:w* GET #", BY_PATTERN),
  refused("SORT_RO {own}:l GET {neighbour}:secret", BY_PATTERN),
  refused("SORT {own}:l STORE {neighbour}:x"),
  refused("SORT {own}:l LIMIT 0 1 ALPHA STORE {neighbour}:x"),
  refused("GEORADIUS {own}:g 0 0 1 m STORE {neighbour}:x"),
  refused("GEORADIUS {own}:g 0 0 1 m STOREDIST {neighbour}:x"),
  refused("GEORADIUSBYMEMBER {own}:g m 1 m STORE {neighbour}:x"),
  refused("GEOSEARCHSTORE {own}:x {neighbour}:g FROMLONLAT 0 0 BYRADIUS 1 m"),
  refused("XREAD STREAMS {own}:s {neighbour}:stream 0 0"),
  refused("XREAD COUNT 1 BLOCK 1 STREAMS {neighbour}:stream 0"),
  refused("XREADGROUP GROUP g c COUNT 1 STREAMS {own}:s {neighbour}:stream > >"),
  refused("MGET {own}:a {neighbour}:secret"),
  refused("MSET {own}:a 1 {neighbour}:secret 2"),
  refused("DEL {own}:a {neighbour}:secret"),
  refused("EXISTS {own}:a {neighbour}:secret"),
  refused("TOUCH {own}:a {neighbour}:secret"),
  refused("WATCH {own}:a {neighbour}:secret"),
  refused("BITOP OR {own}:x {own}:a {neighbour}:secret"),
  refused("PFMERGE {own}:x {own}:a {neighbour}:secret"),
  refused("ZUNIONSTORE {own}:x 2 {own}:a {neighbour}:z"),
  refused("SINTERCARD 2 {own}:a {neighbour}:z"),
  refused("LMPOP 2 {own}:a {neighbour}:list LEFT"),
  refused("BLPOP {own}:a {neighbour}:list 1"),
  refused("LMOVE {own}:a {neighbour}:list LEFT LEFT"),
  refused("COPY {neighbour}:secret {own}:x"),
  refused("COPY {own}:l {neighbour}:x"),
  refused("COPY {own}:l {own}:x DB 1", /^-ERR/),
  refused("RENAME {own}:l {neighbour}:x"),
  refused("RENAME {neighbour}:secret {own}:x"),
  // Inside a transaction the whole of it falls.
  refused("MULTI; SET {own}:a 1; GET {neighbour}:secret; EXEC", /^-EXECABORT /),
  // Names that only look like one's own.
  refused("SET {own} 1"),
  refused("SET {own}x:a 1"),
  refused("SET {own}.a 1"),
  refused("SET '' 1"),
  refused("SET * 1"),
  refused("SET instanode:tenants:x 1"),
  refused("SMEMBERS instanode:tenants:x"),
  // Channels.
  refused("SUBSCRIBE __keyspace@0__:{neighbour}:secret"),
  refused("SUBSCRIBE __keyevent@0__:set"),
  refused("SUBSCRIBE {own}:a {neighbour}:news"),
  refused("SUBSCRIBE __redis__:invalidate"),
  refused("PSUBSCRIBE *"),
  refused("PSUBSCRIBE {own}:* *"),
  refused("PSUBSCRIBE {own}*"),
  refused("PSUBSCRIBE __key*__:*"),
  refused("SSUBSCRIBE {neighbour}:news"),
  // Invalidation messages would name everybody's keys.
  refused("HELLO 3; CLIENT TRACKING ON BCAST"),
  refused("CLIENT TRACKING ON BCAST PREFIX {neighbour}"),
  // Other sessions, other users, itself.
  refused("CLIENT KILL USER {neighbour}"),
  refused("CLIENT LIST"),
  refused("CLIENT NO-EVICT ON"),
  refused("ACL SETUSER {own} allkeys"),
  refused("ACL SETUSER {own} +@all"),
  refused("ACL GETUSER {neighbour}"),
  refused("ACL DELUSER {neighbour}"),
  refused("ACL DRYRUN {neighbour} GET {neighbour}:secret"),
  refused("ACL LOG"),
  // Another identity.
  refused("AUTH {neighbour} {neighbour}", /^-WRONGPASS /),
  refused("AUTH default ''", /^-WRONGPASS /),
  refused("HELLO 3 AUTH instanode instanode", /^-WRONGPASS /),
  refused("RESET; GET {own}:l", /^-NOAUTH /),
  // The server.
  refused("SELECT 0"),
  refused("SELECT 1"),
  refused("SCAN 0"),
  refused("SCAN 0 MATCH {own}:*"),
  refused("KEYS {own}:*"),
  refused("CONFIG GET maxmemory"),
  refused("CONFIG SET maxmemory 0"),
  refused("INFO memory"),
  refused("MONITOR"),
  refused("DEBUG SLEEP 0"),
  refused("DEBUG OBJECT {neighbour}:secret"),
  refused("SHUTDOWN NOSAVE"),
  refused("REPLICAOF 127.0.0.1 6379"),
  refused("MODULE LOAD /tmp/x.so"),
  refused("SLOWLOG GET"),
  refused("MIGRATE 127.0.0.1 6379 {own}:l 0 100"),
  refused("RESTORE {own}:x 0 x"),
  // Scripts.
  refused("EVAL return 0"),
  refused("EVAL return 1 {own}:l"),
  refused("EVAL_RO return 0"),
  refused("SCRIPT LOAD return"),
  refused("FUNCTION LIST"),
  refused("FCALL f 0"),
];
