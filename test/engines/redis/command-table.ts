/**
 * The allow table: every command and subcommand of the server (COMMAND LIST), and what a tenant may do with it. The isolation test
 * tries each one and fails on a command that does not stand here: a new Redis brings one, and somebody decides.
 * Source: PRODUCT "What isolation must hold", row Redis; `provisioner-bridge/engines/redis/rules.ts`.
 */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Refused whatever they name: they act on the whole server, on other sessions, on scripts, or see everybody's keys or channels. */
export const REFUSED = words(`
  acl|cat acl|deluser acl|dryrun acl|genpass acl|getuser acl|help acl|list acl|load acl|log acl|save acl|setuser acl|users
  acl|whoami asking bgrewriteaof bgsave client|caching client|getredir client|help client|info client|kill client|list
  client|no-evict client|pause client|reply client|tracking client|trackinginfo client|unblock client|unpause
  cluster|addslots cluster|addslotsrange cluster|bumpepoch cluster|count-failure-reports cluster|countkeysinslot
  cluster|delslots cluster|delslotsrange cluster|failover cluster|flushslots cluster|forget cluster|getkeysinslot
  cluster|help cluster|info cluster|keyslot cluster|links cluster|meet cluster|myid cluster|nodes cluster|replicas
  cluster|replicate cluster|reset cluster|saveconfig cluster|set-config-epoch cluster|setslot cluster|shards
  cluster|slaves cluster|slots config|get config|help config|resetstat config|rewrite config|set dbsize debug eval eval_ro
  evalsha evalsha_ro failover fcall fcall_ro flushall flushdb function|delete function|dump function|flush function|help
  function|kill function|list function|load function|restore function|stats info keys lastsave latency|doctor
  latency|graph latency|help latency|histogram latency|history latency|latest latency|reset lolwut memory|doctor
  memory|help memory|malloc-stats memory|purge memory|stats migrate module|help module|list module|load module|loadex
  module|unload monitor move pfdebug pfselftest psync pubsub|channels pubsub|help pubsub|numpat pubsub|numsub
  pubsub|shardchannels pubsub|shardnumsub randomkey readonly readwrite replconf replicaof restore restore-asking role save
  scan script|debug script|exists script|flush script|help script|kill script|load select shutdown slaveof slowlog|get
  slowlog|help slowlog|len slowlog|reset swapdb sync wait
`);

/** Name neither key nor channel, and say nothing of others. */
export const OPEN = words(`
  auth client|getname client|id client|setname command|count command|docs command|getkeys command|getkeysandflags
  command|help command|info command|list discard echo exec hello multi object|help ping punsubscribe quit reset
  sunsubscribe time unsubscribe unwatch xgroup|help xinfo|help
`);

/** Of one's own channels only. */
export const CHANNELS = words(`
  psubscribe publish spublish ssubscribe subscribe
`);

/** Of one's own keys only; also while a tenant is cut to `read_only`. */
export const READS = words(`
  bitcount bitfield_ro bitpos dump exists expiretime geodist geohash geopos georadius_ro georadiusbymember_ro geosearch
  get getbit getrange hexists hget hgetall hkeys hlen hmget hrandfield hscan hstrlen hvals lcs lindex llen lpos lrange
  memory|usage mget object|encoding object|freq object|idletime object|refcount pexpiretime pfcount pttl scard sdiff
  sinter sintercard sismember smembers smismember sort_ro srandmember sscan strlen substr sunion touch ttl type watch
  xinfo|consumers xinfo|groups xinfo|stream xlen xpending xrange xread xrevrange zcard zcount zdiff zinter zintercard
  zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank zrevrange zrevrangebylex zrevrangebyscore zrevrank
  zscan zscore zunion
`);

/** Of one's own keys only, and still while it is cut: the way back. */
export const DELETES = words(`
  blmpop blpop brpop bzmpop bzpopmax bzpopmin del expire expireat getdel hdel lmpop lpop lrem ltrim pexpire pexpireat rpop
  spop srem unlink xack xdel xgroup|delconsumer xgroup|destroy xtrim zmpop zpopmax zpopmin zrem zremrangebylex zremrangebyrank zremrangebyscore
`);

/** Of one's own keys only, and refused while it is cut. */
export const ADDS = words(`
  append bitfield bitop blmove brpoplpush copy decr decrby geoadd georadius georadiusbymember geosearchstore getex getset
  hincrby hincrbyfloat hmset hset hsetnx incr incrby incrbyfloat linsert lmove lpush lpushx lset mset msetnx persist pfadd
  pfmerge psetex rename renamenx rpoplpush rpush rpushx sadd sdiffstore set setbit setex setnx setrange sinterstore smove
  sort sunionstore xadd xautoclaim xclaim xgroup|create xgroup|createconsumer
  xgroup|setid xreadgroup xsetid zadd zdiffstore zincrby zinterstore zrangestore zunionstore
`);
