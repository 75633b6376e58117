/** The PostgreSQL engine: its servers and the six verbs on them. */
import type { PostgresServerConfig } from "../../env.ts";
import { Refusal } from "../../refusal.ts";
import type { Engine, ServerCapacity } from "../engine.ts";
import { UnfitServer } from "../unfit.ts";
import { tenantAddresses } from "./address.ts";
import { readCapacity } from "./capacity.ts";
import { createTenant } from "./create.ts";
import { dropTenant } from "./drop.ts";
import { engineRefusal, hasCode, SQLSTATE } from "./errors.ts";
import { limitTenant } from "./limit.ts";
import { listTenants } from "./list.ts";
import { measureTenants } from "./measure.ts";
import { keepPrepared, prepareServer } from "./prepare.ts";
import { proveReady } from "./ready.ts";
import { rotateTenant } from "./rotate.ts";
import { closeServer, createPostgresServer, type PostgresServer, type ServerDeps } from "./server.ts";
import { TEMPLATE_CONTENT, type TemplateContent } from "./template.ts";

type Member = { server: PostgresServer; ready: Promise<void> | undefined };

/**
 * Builds the engine; it connects when it is first used.
 * @param content of the template; only tests on a machine without pgvector give another
 */
export function createPostgresEngine(
  configs: readonly PostgresServerConfig[],
  deps: ServerDeps,
  content: TemplateContent = TEMPLATE_CONTENT,
): Engine {
  const members = new Map<string, Member>(
    configs.map((config) => [config.id, { server: createPostgresServer(config, deps), ready: undefined }]),
  );

  /** A server of the registry that is not configured any more does not answer, as far as a job is concerned. */
  function memberOf(id: string): Member {
    const member = members.get(id);
    if (member === undefined) throw new Refusal("engine_unavailable", { cause: new Error(`server "${id}" is not configured`) });
    return member;
  }

  /** Prepares a server once; a failed try is forgotten, so that the next job tries again. */
  async function prepared(id: string): Promise<PostgresServer> {
    const member = memberOf(id);
    member.ready ??= prepareServer(member.server, content).catch((err: unknown) => {
      member.ready = undefined;
      const said = err instanceof UnfitServer ? "a tenants' server is not fit" : "a tenants' server could not be prepared";
      member.server.log.error({ err }, said);
      throw err;
    });
    await member.ready;
    return member.server;
  }

  async function onPrepared<T>(id: string, work: (server: PostgresServer) => Promise<T>): Promise<T> {
    return onServer(id, async () => work(await prepared(id)));
  }

  async function onServer<T>(id: string, work: (server: PostgresServer) => Promise<T>): Promise<T> {
    const member = memberOf(id);
    try {
      return await work(member.server);
    } catch (error) {
      // The template or the whole cluster was replaced behind our back: prepare again before the next job.
      if (hasCode(error, SQLSTATE.undefinedDatabase)) member.ready = undefined;
      throw engineRefusal(error);
    }
  }

  async function capacityOf(id: string): Promise<ServerCapacity> {
    try {
      return await onPrepared(id, readCapacity);
    } catch (cause) {
      // No slot even for a superuser is "full"; everything else is "does not answer".
      if (cause instanceof Refusal && cause.code === "capacity") return { server: id, status: "full", freeConnections: 0 };
      return { server: id, status: "down", cause };
    }
  }

  const servers = configs.map((config) => config.id);
  return {
    engine: "postgres",
    servers,
    isForgetful: false,
    prepare: (id) =>
      onServer(id, (server) => (memberOf(id).ready === undefined ? prepared(id).then(() => undefined) : keepPrepared(server, content))),
    capacities: () => Promise.all(servers.map(capacityOf)),
    grant: async (id, tenant) => tenantAddresses(memberOf(id).server.config, tenant),
    create: (id, tenant, step) => onPrepared(id, (server) => createTenant(server, tenant, step)),
    drop: (id, name, step) => onServer(id, (server) => dropTenant(server, name, step)),
    rotate: (id, tenant) => onServer(id, (server) => rotateTenant(server, tenant)),
    limit: (id, name, limits, access) => onServer(id, (server) => limitTenant(server, name, limits, access)),
    measure: (id, names) => onServer(id, (server) => measureTenants(server, names)),
    list: (id) => onServer(id, listTenants),
    prove: (id, tenant) => onServer(id, (server) => proveReady(server, tenant)),
    ping: (id) => onPrepared(id, async ({ pulse }) => void (await pulse.query("SELECT 1"))),
    close: async () => {
      await Promise.all([...members.values()].map(({ server }) => closeServer(server)));
    },
  };
}
