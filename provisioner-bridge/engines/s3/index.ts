/** The object store as an engine: its registration, its one bucket with a prefix for each tenant, and the verbs on it. */

import { pointsOf } from "../../steps.ts";
import type { Addresses, Engine } from "../engine.ts";
import type { EngineEntry } from "../entry.ts";
import { createServers } from "../servers.ts";
import { tenantAddresses } from "./address.ts";
import { readCapacity } from "./capacity.ts";
import { type ObjectStoreConfig, objectStoreOf, s3Variables } from "./configuration.ts";
import { CREATE_STEPS, createTenant } from "./create.ts";
import { DROP_STEPS, dropTenant } from "./drop.ts";
import { engineRefusal, isNamed } from "./errors.ts";
import { listTenants } from "./list.ts";
import { createMeasure } from "./measure.ts";
import { prepareServer } from "./prepare.ts";
import { proveAccess } from "./ready.ts";
import { rotateTenant } from "./rotate.ts";
import { createS3Server, type S3Deps, type S3Server } from "./server.ts";

export const s3: EngineEntry = {
  name: "s3",
  configuration: s3Variables.transform((variables) => (deps: S3Deps) => createS3Engine(objectStoreOf(variables), deps)),
  points: { create: pointsOf(CREATE_STEPS), drop: pointsOf(DROP_STEPS) },
  isPooled: false,
};

/** Connects when it is first used. @throws Error when the backend cannot do the mode its operator wants */
function createS3Engine(config: ObjectStoreConfig | null, deps: S3Deps): Engine {
  // Its bucket is the server.
  const { common, on, onPrepared } = createServers(config === null ? [] : [[config.bucket, bucketOf(config, deps)] as const], {
    prepare: ({ server }) => prepareServer(server),
    keepPrepared: ({ server }) => prepareServer(server),
    capacity: ({ server }) => readCapacity(server),
    refusal: engineRefusal,
    // The bucket was replaced behind our back.
    onError: (error, forget) => isNamed(error, "NoSuchBucket") && forget(),
    logOf: ({ server }) => server.log,
    close: ({ server }) => server.clients.close(),
  });
  return {
    ...common,
    engine: "s3",
    isForgetful: false,
    grant: (id, tenant) => on(id, ({ server }) => grant(server, tenant)),
    create: (id, tenant, point) => onPrepared(id, ({ server }) => createTenant(server, tenant, point)),
    drop: (id, name, point) => on(id, ({ server }) => dropTenant(server, name, point)),
    rotate: (id, tenant) => on(id, ({ server }) => rotateTenant(server, tenant)),
    limit: (id, name, _limits, access) => on(id, ({ server }) => server.grants.setAccess(name, access)),
    measure: (id, names) => on(id, ({ measure }) => measure(names)),
    list: (id) => on(id, ({ server }) => listTenants(server)),
  };
}

function bucketOf(config: ObjectStoreConfig, deps: S3Deps) {
  const server = createS3Server(config, deps);
  return { server, measure: createMeasure(server) };
}

async function grant(server: S3Server, tenant: Parameters<Engine["grant"]>[1]): Promise<Addresses> {
  return tenantAddresses(server, tenant.name, await proveAccess(server, tenant));
}
