/** Every engine this bridge serves. A new one is a line here and its servers' schema in `env.ts`. */
import type { BridgeEnv } from "../env.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { Engine } from "./engine.ts";
import { createMongodbEngine } from "./mongodb/index.ts";
import { createPostgresEngine } from "./postgres/index.ts";
import type { TemplateContent } from "./postgres/template.ts";

/** What an engine is built from, beside its servers. */
export type EngineDeps = {
  /** Stands in the mark of every tenant. */
  registryId: string;
  random: Random;
  clock: Clock;
  log: Log;
  /** To be called when a forgetful server has come back: its tenants are made again at once. */
  returned: () => void;
  /** To be called when an engine sees a server fill up: its tenants are measured and reported at once. */
  pressure: (server: string) => void;
};

/** @returns those that have at least one server configured */
export function createEngines(env: BridgeEnv, deps: EngineDeps, options: { templateContent?: TemplateContent }): Engine[] {
  const engines: Engine[] = [
    createPostgresEngine(env.BRIDGE_POSTGRES_SERVERS, deps, options.templateContent),
    createMongodbEngine(env.BRIDGE_MONGODB_SERVERS, deps),
  ];
  return engines.filter(({ servers }) => servers.length > 0);
}
