/** The PostgreSQL engine: its servers and the six verbs on them. */
import type { PostgresServerConfig } from "../../env.ts";
import type { Engine } from "../engine.ts";
import { createServers } from "../servers.ts";
import { tenantAddresses } from "./address.ts";
import { readCapacity, readPulse } from "./capacity.ts";
import { createTenant } from "./create.ts";
import { dropTenant } from "./drop.ts";
import { engineRefusal, hasCode, refusesTenant, SQLSTATE } from "./errors.ts";
import { limitTenant } from "./limit.ts";
import { listTenants } from "./list.ts";
import { measureTenants } from "./measure.ts";
import { keepPrepared, prepareServer } from "./prepare.ts";
import { proveReady } from "./ready.ts";
import { rotateTenant } from "./rotate.ts";
import { closeServer, createPostgresServer, type ServerDeps } from "./server.ts";
import { TEMPLATE_CONTENT, type TemplateContent } from "./template.ts";

/**
 * Builds the engine; it connects when it is first used.
 * @param content of the template; only tests on a machine without pgvector give another
 */
export function createPostgresEngine(
  configs: readonly PostgresServerConfig[],
  deps: ServerDeps,
  content: TemplateContent = TEMPLATE_CONTENT,
): Engine {
  const { common, find, on, onPrepared } = createServers(
    configs.map((config) => [config.id, createPostgresServer(config, deps)] as const),
    {
      prepare: (server) => prepareServer(server, content),
      keepPrepared: (server) => keepPrepared(server, content),
      capacity: readCapacity,
      pulse: readPulse,
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
    create: (id, tenant, step, proved) => onPrepared(id, (server) => createTenant(server, tenant, step, proved)),
    drop: (id, name, step) => on(id, (server) => dropTenant(server, name, step)),
    rotate: (id, tenant) => on(id, (server) => rotateTenant(server, tenant)),
    limit: (id, name, limits, access) => on(id, (server) => limitTenant(server, name, limits, access)),
    measure: (id, names) => on(id, (server) => measureTenants(server, names)),
    list: (id) => on(id, listTenants),
    prove: (id, tenant) => on(id, (server) => proveReady(server, tenant)),
    refuses: refusesTenant,
    ping: (id) => onPrepared(id, async ({ pulse }) => void (await pulse.query("SELECT 1"))),
  };
}
