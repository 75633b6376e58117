/** The NATS engine: its servers and the six verbs on them, in operator mode or, without an operator key, open. */
import type { NatsServerConfig } from "../../env.ts";
import type { Engine } from "../engine.ts";
import { createServers } from "../servers.ts";
import { engineRefusal, refusesTenant } from "./errors.ts";
import { isolatedMember } from "./isolated.ts";
import { openMember } from "./legacy/member.ts";
import type { Member } from "./member.ts";
import type { ServerDeps } from "./server.ts";

/** Builds the engine; it connects when it is first used. @throws Error when a configured key is none */
export function createNatsEngine(configs: readonly NatsServerConfig[], deps: ServerDeps): Engine {
  const { common, on, onPrepared } = createServers(
    configs.map((config) => [config.id, memberOf(config, deps)] as const),
    {
      prepare: (member) => member.prepare(),
      keepPrepared: (member) => member.keepPrepared(),
      capacity: (member) => member.capacity(),
      refusal: engineRefusal,
      logOf: ({ log }) => log,
      close: (member) => member.close(),
    },
  );
  return {
    ...common,
    engine: "nats",
    isForgetful: false,
    grant: (id, tenant) => on(id, (member) => member.grant(tenant)),
    create: (id, tenant, step) => onPrepared(id, (member) => member.create(tenant, step)),
    prove: (id, tenant) => on(id, (member) => member.prove(tenant)),
    refuses: refusesTenant,
    drop: (id, name, step) => on(id, (member) => member.drop(name, step)),
    rotate: (id, tenant) => on(id, (member) => member.rotate(tenant)),
    limit: (id, name, limits, access) => on(id, (member) => member.limit(name, limits, access)),
    measure: (id, names) => on(id, (member) => member.measure(names)),
    list: (id) => on(id, (member) => member.list()),
    ping: (id) => onPrepared(id, (member) => member.ping()),
  };
}

function memberOf(config: NatsServerConfig, deps: ServerDeps): Member {
  return config.operator === undefined ? openMember(config, deps) : isolatedMember(config, config.operator, deps);
}
