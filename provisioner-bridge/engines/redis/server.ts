/** One tenants' server: the connection to it, and what is remembered of it. */
import pLimit, { type LimitFunction } from "p-limit";
import type { Log } from "../../log.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import type { RedisServerConfig } from "./configuration.ts";
import { createLink, type Link } from "./link.ts";
import { ownersKey } from "./marks.ts";
import type { ServerFeatures } from "./rules.ts";

/** Proofs are connections of tenants, each for some milliseconds. */
const PROOFS_AT_ONCE = 8;

export type RedisServer = {
  readonly config: RedisServerConfig;
  readonly link: Link;
  /** The key with the names of our tenants. */
  readonly owners: string;
  /** A drop looks at every key of the server: one at a time. */
  readonly drops: LimitFunction;
  readonly proofs: LimitFunction;
  /** Learned when the server is prepared. */
  features: ServerFeatures;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

export type ServerDeps = { registryId: string; random: Random; clock: Clock; log: Log };

/** Opens nothing yet: the first command does. `onConnected` is called after every connect. */
export function createRedisServer(config: RedisServerConfig, deps: ServerDeps, onConnected: () => void): RedisServer {
  const log = deps.log.child({ server: config.id });
  return {
    config,
    link: createLink({ url: config.admin_url, clock: deps.clock, log, onConnected }),
    owners: ownersKey(deps.registryId),
    drops: pLimit(1),
    proofs: pLimit(PROOFS_AT_ONCE),
    features: { clientSetInfo: false },
    clock: deps.clock,
    random: deps.random,
    log,
  };
}
