/** Every engine this bridge serves. A new one is a line here and its servers' schema in `env.ts`. */
import type { BridgeEnv } from "../env.ts";
import { objectStoreOf } from "../env-object-store.ts";
import type { EngineDeps } from "./deps.ts";
import type { Engine } from "./engine.ts";
import { createMongodbEngine } from "./mongodb/index.ts";
import { createNatsEngine } from "./nats/index.ts";
import { createPostgresEngine } from "./postgres/index.ts";
import type { TemplateContent } from "./postgres/template.ts";
import { createRedisEngine } from "./redis/index.ts";
import { createS3Engine } from "./s3/index.ts";

/** @returns those that have at least one server configured */
export function createEngines(env: BridgeEnv, deps: EngineDeps, options: { templateContent?: TemplateContent }): Engine[] {
  const engines: Engine[] = [
    createPostgresEngine(env.BRIDGE_POSTGRES_SERVERS, deps, options.templateContent),
    createRedisEngine(env.BRIDGE_REDIS_SERVERS, deps),
    createNatsEngine(env.BRIDGE_NATS_SERVERS, deps),
    createMongodbEngine(env.BRIDGE_MONGODB_SERVERS, deps),
    createS3Engine(objectStoreOf(env), deps),
  ];
  return engines.filter(({ servers }) => servers.length > 0);
}
