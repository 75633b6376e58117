/** The Redis engine: its servers and the six verbs on them. */
import { z } from "zod";
import type { RedisServerConfig } from "../../env.ts";
import { Refusal } from "../../refusal.ts";
import type { EngineDeps } from "../deps.ts";
import type { Engine, ServerCapacity } from "../engine.ts";
import { UnfitServer } from "../unfit.ts";
import { tenantAddresses } from "./address.ts";
import { readCapacity } from "./capacity.ts";
import { createTenant } from "./create.ts";
import { dropTenant } from "./drop.ts";
import { engineRefusal, Forgotten } from "./errors.ts";
import { limitTenant } from "./limit.ts";
import { listTenants } from "./list.ts";
import { createPasses, type Passes } from "./passes.ts";
import { prepareServer } from "./prepare.ts";
import { rotateTenant } from "./rotate.ts";
import { createRedisServer, type RedisServer } from "./server.ts";
import { createWatch, type Watch } from "./watch.ts";

type Member = { server: RedisServer; passes: Passes; watch: Watch; ready: Promise<void> | undefined };

/** Builds the engine; it connects when it is first used, and from then on watches its servers. */
export function createRedisEngine(configs: readonly RedisServerConfig[], deps: EngineDeps): Engine {
  const members = new Map<string, Member>(configs.map((config) => [config.id, createMember(config, deps)]));

  /** A server of the registry that is not configured any more does not answer, as far as a job is concerned. */
  function memberOf(id: string): Member {
    const member = members.get(id);
    if (member === undefined) throw new Refusal("engine_unavailable", { cause: new Error(`server "${id}" is not configured`) });
    return member;
  }

  async function onServer<T>(id: string, work: (server: RedisServer, member: Member) => Promise<T>): Promise<T> {
    const member = memberOf(id);
    try {
      return await work(member.server, member);
    } catch (error) {
      // It was started anew and the reconciler has not come by yet.
      if (error instanceof Forgotten) deps.returned();
      throw engineRefusal(error);
    }
  }

  async function onPrepared<T>(id: string, work: (server: RedisServer) => Promise<T>): Promise<T> {
    return onServer(id, async (server, member) => {
      await prepared(member);
      return work(server);
    });
  }

  async function capacityOf(id: string): Promise<ServerCapacity> {
    try {
      return await onPrepared(id, readCapacity);
    } catch (cause) {
      // No connection even for us is "full"; everything else is "does not answer".
      if (cause instanceof Refusal && cause.code === "capacity") return { server: id, status: "full", freeConnections: 0 };
      return { server: id, status: "down", cause };
    }
  }

  const servers = configs.map((config) => config.id);
  return {
    engine: "redis",
    servers,
    isForgetful: true,
    prepare: (id) => onServer(id, (_, member) => prepareAgain(member)),
    capacities: () => Promise.all(servers.map(capacityOf)),
    grant: async (id, tenant) => tenantAddresses(memberOf(id).server.config, tenant),
    create: (id, tenant, step) => onPrepared(id, (server) => createTenant(server, tenant, step)),
    drop: (id, name, step) => onServer(id, (server) => dropTenant(server, name, step)),
    rotate: (id, tenant) => onServer(id, (server) => rotateTenant(server, tenant)),
    limit: (id, name, _limits, access) => onServer(id, (server) => limitTenant(server, name, access)),
    measure: (id, names) => onServer(id, (_, member) => measureTenants(member, names)),
    list: (id) => onServer(id, listTenants),
    ping: (id) => onPrepared(id, async ({ link }) => void (await link.run(["PING"]))),
    close: async () => {
      await Promise.all([...members.values()].map(closeMember));
    },
  };
}

function createMember(config: RedisServerConfig, deps: EngineDeps): Member {
  const server = createRedisServer(config, deps, () => member.watch.now());
  const passes = createPasses(server, deps);
  const onNewRun = () => {
    // Another start may have other settings.
    member.ready = undefined;
    deps.returned();
  };
  const onPressure = () => deps.pressure(config.id);
  const member: Member = { server, passes, watch: createWatch(server, passes, { onNewRun, onPressure }), ready: undefined };
  return member;
}

/** Prepares a server once; a failed try is forgotten, so that the next job tries again. */
function prepared(member: Member): Promise<void> {
  member.ready ??= prepareServer(member.server).catch((err: unknown) => {
    member.ready = undefined;
    const said = err instanceof UnfitServer ? "a tenants' server is not fit" : "a tenants' server could not be prepared";
    member.server.log.error({ err }, said);
    throw err;
  });
  return member.ready;
}

/** Settings can be changed while a server runs: one that is not fit any more takes nobody from then on. */
async function prepareAgain(member: Member): Promise<void> {
  member.ready = undefined;
  await prepared(member);
}

const namesSchema = z.array(z.string());

/** Whoever bears our mark and has no key stores nothing. */
async function measureTenants({ passes, server }: Member, names: readonly string[]): Promise<Map<string, number>> {
  const { sizes } = await passes.measure();
  const [marked] = await server.link.run(["SMEMBERS", server.owners]);
  const ours = new Set(namesSchema.parse(marked));
  return new Map(names.filter((name) => ours.has(name)).map((name) => [name, sizes.get(name) ?? 0]));
}

async function closeMember({ server, watch }: Member): Promise<void> {
  const stopped = watch.stop();
  server.link.close();
  await stopped;
}
