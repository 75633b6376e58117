/** Every engine this bridge serves. A new one is a line here and its servers' schema in `env.ts`. */
import type { BridgeEnv } from "../env.ts";
import { objectStoreOf } from "../env-object-store.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { Engine } from "./engine.ts";
import { createPostgresEngine } from "./postgres/index.ts";
import type { TemplateContent } from "./postgres/template.ts";
import { createS3Engine } from "./s3/index.ts";

/** What an engine is built from, beside its servers. */
export type EngineDeps = {
  /** Stands in the mark of every tenant. */
  registryId: string;
  random: Random;
  clock: Clock;
  log: Log;
  /** To be called when a forgetful server has come back: its tenants are made again at once. */
  returned: () => void;
};

/** @returns those that have at least one server configured */
export function createEngines(env: BridgeEnv, deps: EngineDeps, options: { templateContent?: TemplateContent }): Engine[] {
  const engines: Engine[] = [
    createPostgresEngine(env.BRIDGE_POSTGRES_SERVERS, deps, options.templateContent),
    createS3Engine(objectStoreOf(env), deps),
  ];
  return engines.filter(({ servers }) => servers.length > 0);
}
