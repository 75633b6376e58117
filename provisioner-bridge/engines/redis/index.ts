/** The Redis engine: its registration, its servers and the verbs on them. */

import { pointsOf } from "../../steps.ts";
import type { EngineDeps } from "../deps.ts";
import type { Engine } from "../engine.ts";
import type { EngineEntry } from "../entry.ts";
import { createServers } from "../servers.ts";
import { tenantAddresses } from "./address.ts";
import { readCapacity } from "./capacity.ts";
import { type RedisServerConfig, redisVariables } from "./configuration.ts";
import { CREATE_STEPS, createTenant } from "./create.ts";
import { DROP_STEPS, dropTenant } from "./drop.ts";
import { engineRefusal, Forgotten } from "./errors.ts";
import { limitTenant } from "./limit.ts";
import { listTenants } from "./list.ts";
import { measureTenants } from "./measure.ts";
import { createPasses, type Passes } from "./passes.ts";
import { prepareServer } from "./prepare.ts";
import { rotateTenant } from "./rotate.ts";
import { createRedisServer, type RedisServer } from "./server.ts";
import { createWatch, type Watch } from "./watch.ts";

type Watched = { server: RedisServer; passes: Passes; watch: Watch };

export const redis: EngineEntry = {
  name: "redis",
  configuration: redisVariables.transform(
    ({ BRIDGE_REDIS_SERVERS: configs }) =>
      (deps: EngineDeps) =>
        createRedisEngine(configs, deps),
  ),
  points: { create: pointsOf(CREATE_STEPS), drop: pointsOf(DROP_STEPS) },
  isPooled: false,
};

/** Connects when it is first used, and from then on watches its servers. */
function createRedisEngine(configs: readonly RedisServerConfig[], deps: EngineDeps): Engine {
  const { common, find, forget, on, onPrepared } = createServers(
    configs.map((config) => [config.id, watched(config, deps, () => forget(config.id))] as const),
    {
      // Wholly anew by every pass of the reconciler: settings can be changed while a server runs.
      prepare: ({ server }) => prepareServer(server),
      capacity: ({ server }) => readCapacity(server),
      refusal: engineRefusal,
      // It was started anew and the reconciler has not come by yet.
      onError: (error) => error instanceof Forgotten && deps.returned(),
      logOf: ({ server }) => server.log,
      close,
    },
  );
  return {
    ...common,
    engine: "redis",
    isForgetful: true,
    grant: async (id, tenant) => tenantAddresses(find(id).server.config, tenant),
    create: (id, tenant, point) => onPrepared(id, ({ server }) => createTenant(server, tenant, point)),
    drop: (id, name, point) => on(id, ({ server }) => dropTenant(server, name, point)),
    rotate: (id, tenant) => on(id, ({ server }) => rotateTenant(server, tenant)),
    limit: (id, name, _limits, access) => on(id, ({ server }) => limitTenant(server, name, access)),
    measure: (id, names) => on(id, ({ server, passes }) => measureTenants(server, passes, names)),
    list: (id) => on(id, ({ server }) => listTenants(server)),
  };
}

/** @param forget another start of the server may have other settings */
function watched(config: RedisServerConfig, deps: EngineDeps, forget: () => void): Watched {
  const server = createRedisServer(config, deps, () => one.watch.now());
  const passes = createPasses(server, deps);
  const onNewRun = () => {
    forget();
    deps.returned();
  };
  const onPressure = () => deps.pressure(config.id);
  const one: Watched = { server, passes, watch: createWatch(server, passes, { onNewRun, onPressure }) };
  return one;
}

async function close({ server, watch }: Watched): Promise<void> {
  const stopped = watch.stop();
  server.link.close();
  await stopped;
}
