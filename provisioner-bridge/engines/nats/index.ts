/** The NATS engine: its servers and the six verbs on them, in operator mode or, without an operator key, open. */
import type { NatsServerConfig } from "../../env.ts";
import { Refusal } from "../../refusal.ts";
import type { Engine, ServerCapacity } from "../engine.ts";
import { engineRefusal } from "./errors.ts";
import { isolatedMember } from "./isolated.ts";
import { openMember } from "./legacy/member.ts";
import type { Member } from "./member.ts";
import type { ServerDeps } from "./server.ts";

/** Builds the engine; it connects when it is first used. @throws Error when a configured key is none */
export function createNatsEngine(configs: readonly NatsServerConfig[], deps: ServerDeps): Engine {
  const members = new Map<string, Member>(configs.map((config) => [config.id, memberOf(config, deps)]));

  /** A server of the registry that is not configured any more does not answer, as far as a job is concerned. */
  async function on<T>(id: string, work: (member: Member) => Promise<T>): Promise<T> {
    const member = members.get(id);
    if (member === undefined) throw new Refusal("engine_unavailable", { cause: new Error(`server "${id}" is not configured`) });
    try {
      return await work(member);
    } catch (error) {
      throw engineRefusal(error);
    }
  }

  async function capacityOf(server: string): Promise<ServerCapacity> {
    try {
      return await on(server, (member) => member.capacity());
    } catch (cause) {
      return { server, status: "down", cause };
    }
  }

  const servers = configs.map((config) => config.id);
  return {
    engine: "nats",
    servers,
    isForgetful: false,
    prepare: (id) => on(id, (member) => member.prepare()),
    capacities: () => Promise.all(servers.map(capacityOf)),
    grant: (id, tenant) => on(id, (member) => member.grant(tenant)),
    create: (id, tenant, step) => on(id, (member) => member.create(tenant, step)),
    drop: (id, name, step) => on(id, (member) => member.drop(name, step)),
    rotate: (id, tenant) => on(id, (member) => member.rotate(tenant)),
    limit: (id, name, limits, access) => on(id, (member) => member.limit(name, limits, access)),
    measure: (id, names) => on(id, (member) => member.measure(names)),
    list: (id) => on(id, (member) => member.list()),
    ping: (id) => on(id, (member) => member.ping()),
    close: async () => {
      await Promise.all([...members.values()].map((member) => member.close()));
    },
  };
}

function memberOf(config: NatsServerConfig, deps: ServerDeps): Member {
  return config.operator === undefined ? openMember(config, deps) : isolatedMember(config, config.operator, deps);
}
