/** Redis as the engine suite and the other files of this folder know it. */
import type { TenantLimits } from "../../../contract/jobs.ts";
import { canUse, startTestRedis, type TestRedis, type TestRedisOptions } from "../../support/redis.ts";
import { type Bench, type Subject, type TestServer, useEngine } from "../suite/subject.ts";

export const LIMITS: TenantLimits = { connections: -1, storage_mb: 5 };

export type RedisUnderTest = TestServer & { redis: TestRedis };

/** @param changes of the server's entry in BRIDGE_REDIS_SERVERS */
export function redisSubject(options: TestRedisOptions = {}, changes: Record<string, unknown> = {}): Subject<RedisUnderTest> {
  return {
    engine: "redis",
    limits: LIMITS,
    async startServer() {
      const redis = await startTestRedis(options);
      return { redis, env: redis.env(changes), dispose: () => redis.dispose() };
    },
    use: ({ connection_url }) => canUse(connection_url),
    async leftovers({ redis }, names) {
      const keys = await redis.admin<string[]>("KEYS", "*");
      const users = await redis.admin<string[]>("ACL", "USERS");
      return [...keys.filter((key) => names.some((name) => key.startsWith(name))), ...users.filter((user) => names.includes(user))];
    },
  };
}

export type RedisBench = Bench<RedisUnderTest>;

/** Server, registry and bridge for the tests of one file. */
export function useRedis(options: TestRedisOptions = {}, changes: Record<string, unknown> = {}): RedisBench {
  return useEngine(redisSubject(options, changes));
}
