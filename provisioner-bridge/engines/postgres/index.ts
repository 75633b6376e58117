/** The PostgreSQL engine: its registration, its servers and the verbs on them. */

import { pointsOf } from "../../steps.ts";
import type { Engine } from "../engine.ts";
import type { EngineEntry } from "../entry.ts";
import { createServers } from "../servers.ts";
import { tenantAddresses } from "./address.ts";
import { readCapacity, readHealth } from "./capacity.ts";
import { type PostgresServerConfig, postgresVariables } from "./configuration.ts";
import { CREATE_STEPS, createTenant } from "./create.ts";
import { DROP_STEPS, dropTenant } from "./drop.ts";
import { engineRefusal, hasCode, refusesTenant, SQLSTATE } from "./errors.ts";
import { limitTenant } from "./limit.ts";
import { listTenants } from "./list.ts";
import { measureTenants } from "./measure.ts";
import { keepPrepared, prepareServer } from "./prepare.ts";
import { proveReady } from "./ready.ts";
import { rotateTenant } from "./rotate.ts";
import { closeServer, createPostgresServer, type ServerDeps } from "./server.ts";
import { TEMPLATE_CONTENT, type TemplateContent } from "./template.ts";

/** @param content of the template; only tests on a machine without pgvector give another */
export function postgresEntry(content: TemplateContent = TEMPLATE_CONTENT): EngineEntry {
  return {
    name: "postgres",
    configuration: postgresVariables.transform(
      ({ BRIDGE_POSTGRES_SERVERS: configs }) =>
        (deps: ServerDeps) =>
          createPostgresEngine(configs, deps, content),
    ),
    points: { create: pointsOf(CREATE_STEPS), drop: pointsOf(DROP_STEPS) },
    isPooled: true,
  };
}

export const postgres = postgresEntry();

/** Connects when it is first used. */
function createPostgresEngine(configs: readonly PostgresServerConfig[], deps: ServerDeps, content: TemplateContent): Engine {
  const { common, find, on, onPrepared } = createServers(
    configs.map((config) => [config.id, createPostgresServer(config, deps)] as const),
    {
      prepare: (server) => prepareServer(server, content),
      keepPrepared: (server) => keepPrepared(server, content),
      capacity: readCapacity,
      checkHealth: readHealth,
      refusal: engineRefusal,
      // The template or the whole cluster was replaced behind our back.
      onError: (error, forget) => hasCode(error, SQLSTATE.undefinedDatabase) && forget(),
      logOf: ({ log }) => log,
      close: closeServer,
    },
  );
  return {
    ...common,
    engine: "postgres",
    isForgetful: false,
    grant: async (id, tenant) => tenantAddresses(find(id).config, tenant),
    create: (id, tenant, point, proved) => onPrepared(id, (server) => createTenant(server, tenant, point, proved)),
    drop: (id, name, point) => on(id, (server) => dropTenant(server, name, point)),
    rotate: (id, tenant) => on(id, (server) => rotateTenant(server, tenant)),
    limit: (id, name, limits, access) => on(id, (server) => limitTenant(server, name, limits, access)),
    measure: (id, names) => on(id, (server) => measureTenants(server, names)),
    list: (id) => on(id, listTenants),
    pooling: { prove: (id, tenant) => on(id, (server) => proveReady(server, tenant)), isRefused: refusesTenant },
  };
}
