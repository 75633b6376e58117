/** The MongoDB engine: its registration, its servers and the verbs on them. Written for MongoDB 6 to 8. */
import type { TenantLimits } from "../../../contract/jobs.ts";
import { pointsOf } from "../../steps.ts";
import type { Engine } from "../engine.ts";
import type { EngineEntry } from "../entry.ts";
import { createServers } from "../servers.ts";
import { tenantAddresses } from "./address.ts";
import { readCapacity } from "./capacity.ts";
import { type MongodbServerConfig, mongodbVariables } from "./configuration.ts";
import { CREATE_STEPS, createTenant } from "./create.ts";
import { DROP_STEPS, dropTenant } from "./drop.ts";
import { engineRefusal, refusesTenant } from "./errors.ts";
import { limitTenant } from "./limit.ts";
import { listTenants } from "./list.ts";
import { measureTenants } from "./measure.ts";
import { prepareServer } from "./prepare.ts";
import { proveReady } from "./ready.ts";
import { rotateTenant } from "./rotate.ts";
import { createMongodbServer, type ServerDeps } from "./server.ts";

/** What a proof itself uses. */
const ONE_CONNECTION: TenantLimits = { connections: 1, storage_mb: -1 };

export const mongodb: EngineEntry = {
  name: "mongodb",
  configuration: mongodbVariables.transform(
    ({ BRIDGE_MONGODB_SERVERS: configs }) =>
      (deps: ServerDeps) =>
        createMongodbEngine(configs, deps),
  ),
  points: { create: pointsOf(CREATE_STEPS), drop: pointsOf(DROP_STEPS) },
  isPooled: true,
};

/** Connects when it is first used. */
function createMongodbEngine(configs: readonly MongodbServerConfig[], deps: ServerDeps): Engine {
  const { common, find, on, onPrepared } = createServers(
    configs.map((config) => [config.id, createMongodbServer(config, deps)] as const),
    {
      // Wholly anew by every pass of the reconciler: a server that comes back may have been started without authorization.
      prepare: prepareServer,
      capacity: readCapacity,
      refusal: engineRefusal,
      logOf: ({ log }) => log,
      close: ({ administrator }) => administrator.close(),
    },
  );
  return {
    ...common,
    engine: "mongodb",
    isForgetful: false,
    grant: async (id, tenant) => tenantAddresses(find(id).config, tenant),
    create: (id, tenant, point) => onPrepared(id, (server) => createTenant(server, tenant, point)),
    drop: (id, name, point) => on(id, (server) => dropTenant(server, name, point)),
    rotate: (id, tenant) => on(id, (server) => rotateTenant(server, tenant)),
    limit: (id, name, limits, access) => on(id, (server) => limitTenant(server, name, limits, access)),
    measure: (id, names) => on(id, (server) => measureTenants(server, names)),
    list: (id) => on(id, listTenants),
    pooling: {
      prove: (id, tenant) => on(id, (server) => proveReady(server, { ...tenant, limits: ONE_CONNECTION, access: "full" })),
      isRefused: refusesTenant,
    },
  };
}
