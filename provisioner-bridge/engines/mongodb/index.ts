/** The MongoDB engine: its servers and the six verbs on them. Written for MongoDB 6 to 8. */
import type { TenantLimits } from "../../../contract/jobs.ts";
import type { MongodbServerConfig } from "../../env.ts";
import { Refusal } from "../../refusal.ts";
import type { Engine, ServerCapacity } from "../engine.ts";
import { UnfitServer } from "../unfit.ts";
import { tenantAddresses } from "./address.ts";
import { readCapacity } from "./capacity.ts";
import { createTenant } from "./create.ts";
import { dropTenant } from "./drop.ts";
import { engineRefusal } from "./errors.ts";
import { limitTenant } from "./limit.ts";
import { listTenants } from "./list.ts";
import { measureTenants } from "./measure.ts";
import { prepareServer } from "./prepare.ts";
import { proveReady } from "./ready.ts";
import { rotateTenant } from "./rotate.ts";
import { ask, createMongodbServer, type MongodbServer, type ServerDeps } from "./server.ts";

/** What a proof itself uses. */
const ONE_CONNECTION: TenantLimits = { connections: 1, storage_mb: -1 };

type Member = { server: MongodbServer; ready: Promise<void> | undefined };

/** Builds the engine; it connects when it is first used. */
export function createMongodbEngine(configs: readonly MongodbServerConfig[], deps: ServerDeps): Engine {
  const members = new Map<string, Member>(
    configs.map((config) => [config.id, { server: createMongodbServer(config, deps), ready: undefined }]),
  );

  /** A server of the registry that is not configured any more does not answer, as far as a job is concerned. */
  function memberOf(id: string): Member {
    const member = members.get(id);
    if (member === undefined) throw new Refusal("engine_unavailable", { cause: new Error(`server "${id}" is not configured`) });
    return member;
  }

  /** Checks a server once; a failed try is forgotten, so that the next job tries again. */
  async function prepared(member: Member): Promise<MongodbServer> {
    const { server } = member;
    member.ready ??= prepareServer(server).catch((err: unknown) => {
      member.ready = undefined;
      server.log.error({ err }, err instanceof UnfitServer ? "a tenants' server is not fit" : "a tenants' server could not be checked");
      throw err;
    });
    await member.ready;
    return server;
  }

  async function onServer<T>(id: string, work: (server: MongodbServer) => Promise<T>): Promise<T> {
    try {
      return await work(memberOf(id).server);
    } catch (error) {
      throw engineRefusal(error);
    }
  }

  function onPrepared<T>(id: string, work: (server: MongodbServer) => Promise<T>): Promise<T> {
    return onServer(id, async () => work(await prepared(memberOf(id))));
  }

  async function capacityOf(id: string): Promise<ServerCapacity> {
    try {
      return await onPrepared(id, readCapacity);
    } catch (cause) {
      return { server: id, status: "down", cause };
    }
  }

  const servers = configs.map((config) => config.id);
  return {
    engine: "mongodb",
    servers,
    isForgetful: false,
    // Asked anew by every pass of the reconciler: a server that comes back may have been started without authorization.
    prepare: async (id) => {
      memberOf(id).ready = undefined;
      await onPrepared(id, async () => {});
    },
    capacities: () => Promise.all(servers.map(capacityOf)),
    grant: async (id, tenant) => tenantAddresses(memberOf(id).server.config, tenant),
    create: (id, tenant, step) => onPrepared(id, (server) => createTenant(server, tenant, step)),
    drop: (id, name, step) => onServer(id, (server) => dropTenant(server, name, step)),
    rotate: (id, tenant) => onServer(id, (server) => rotateTenant(server, tenant)),
    limit: (id, name, limits, access) => onServer(id, (server) => limitTenant(server, name, limits, access)),
    measure: (id, names) => onServer(id, (server) => measureTenants(server, names)),
    list: (id) => onServer(id, listTenants),
    prove: (id, tenant) => onServer(id, (server) => proveReady(server, { ...tenant, limits: ONE_CONNECTION, access: "full" })),
    ping: (id) => onPrepared(id, async (server) => void (await ask(server, { ping: 1 }))),
    close: async () => {
      await Promise.all([...members.values()].map(({ server }) => server.administrator.close()));
    },
  };
}
