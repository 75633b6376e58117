/** The NATS engine: its registration, its servers and the verbs on them. A server is in operator mode or, without an operator key, open. */

import { pointsOf } from "../../steps.ts";
import type { Engine } from "../engine.ts";
import type { EngineEntry } from "../entry.ts";
import { createServers } from "../servers.ts";
import { type NatsServerConfig, natsVariables } from "./configuration.ts";
import { CREATE_STEPS } from "./create.ts";
import { DROP_STEPS } from "./drop.ts";
import { engineRefusal, refusesTenant } from "./errors.ts";
import { isolatedMember } from "./isolated.ts";
import { openMember } from "./legacy/member.ts";
import type { Member } from "./member.ts";
import type { ServerDeps } from "./server.ts";

export const nats: EngineEntry = {
  name: "nats",
  configuration: natsVariables.transform(
    ({ BRIDGE_NATS_SERVERS: configs }) =>
      (deps: ServerDeps) =>
        createNatsEngine(configs, deps),
  ),
  points: { create: pointsOf(CREATE_STEPS), drop: pointsOf(DROP_STEPS) },
  isPooled: true,
};

/** Connects when it is first used. @throws Error when a configured key is not one */
function createNatsEngine(configs: readonly NatsServerConfig[], deps: ServerDeps): Engine {
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
    create: (id, tenant, point) => onPrepared(id, (member) => member.create(tenant, point)),
    drop: (id, name, point) => on(id, (member) => member.drop(name, point)),
    rotate: (id, tenant) => on(id, (member) => member.rotate(tenant)),
    limit: (id, name, limits, access) => on(id, (member) => member.limit(name, limits, access)),
    measure: (id, names) => on(id, (member) => member.measure(names)),
    list: (id) => on(id, (member) => member.list()),
    pooling: { prove: (id, tenant) => on(id, (member) => member.prove(tenant)), isRefused: refusesTenant },
  };
}

function memberOf(config: NatsServerConfig, deps: ServerDeps): Member {
  return config.operator === undefined ? openMember(config, deps) : isolatedMember(config, config.operator, deps);
}
