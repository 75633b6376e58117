/** The object store as an engine: one bucket, a prefix for each tenant, and the six verbs on it. */
import type { ObjectStoreConfig } from "../../env-object-store.ts";
import { Refusal } from "../../refusal.ts";
import type { Addresses, Engine, ServerCapacity } from "../engine.ts";
import { tenantAddresses } from "./address.ts";
import { readCapacity } from "./capacity.ts";
import { createTenant } from "./create.ts";
import { dropTenant } from "./drop.ts";
import { engineRefusal, isNamed } from "./errors.ts";
import { listTenants } from "./list.ts";
import { createMeasure } from "./measure.ts";
import { prepareServer } from "./prepare.ts";
import { proveAccess } from "./ready.ts";
import { rotateTenant } from "./rotate.ts";
import { createS3Server, type S3Deps, type S3Server } from "./server.ts";

/** Builds the engine; it connects when it is first used. @throws Error when the backend cannot do the mode its operator wants */
export function createS3Engine(config: ObjectStoreConfig | null, deps: S3Deps): Engine {
  const server = config === null ? null : createS3Server(config, deps);
  const measure = server === null ? null : createMeasure(server);
  let ready: Promise<void> | undefined;

  /** A bucket of the registry that is not the configured one does not answer, as far as a job is concerned. */
  function serverOf(id: string): S3Server {
    if (server === null || server.config.bucket !== id) {
      throw new Refusal("engine_unavailable", { cause: new Error("a bucket of the registry is not configured") });
    }
    return server;
  }

  /** Prepares the bucket once; a failed try is forgotten, so that the next job tries again. */
  async function prepared(found: S3Server): Promise<S3Server> {
    ready ??= prepareServer(found).catch((err: unknown) => {
      ready = undefined;
      found.log.error({ err }, "the object store could not be prepared");
      throw err;
    });
    await ready;
    return found;
  }

  async function onServer<T>(id: string, work: (found: S3Server) => Promise<T>): Promise<T> {
    const found = serverOf(id);
    try {
      return await work(found);
    } catch (error) {
      // The bucket was replaced behind our back: look at it again before the next job.
      if (isNamed(error, "NoSuchBucket")) ready = undefined;
      throw engineRefusal(error);
    }
  }

  const onPrepared = <T>(id: string, work: (found: S3Server) => Promise<T>): Promise<T> =>
    onServer(id, async (found) => work(await prepared(found)));

  async function capacityOf(id: string): Promise<ServerCapacity> {
    try {
      return await onPrepared(id, readCapacity);
    } catch (cause) {
      return { server: id, status: "down", cause };
    }
  }

  async function grant(found: S3Server, tenant: Parameters<Engine["grant"]>[1]): Promise<Addresses> {
    return tenantAddresses(found, tenant.name, await proveAccess(found, tenant));
  }

  const servers = server === null ? [] : [server.config.bucket];
  return {
    engine: "s3",
    servers,
    isForgetful: false,
    prepare: (id) =>
      onServer(id, async (found) => {
        if (ready === undefined) await prepared(found);
        else await prepareServer(found);
      }),
    capacities: () => Promise.all(servers.map(capacityOf)),
    grant: (id, tenant) => onServer(id, (found) => grant(found, tenant)),
    create: (id, tenant, step) => onPrepared(id, (found) => createTenant(found, tenant, step)),
    drop: (id, name, step) => onServer(id, (found) => dropTenant(found, name, step)),
    rotate: (id, tenant) => onServer(id, (found) => rotateTenant(found, tenant)),
    limit: (id, name, _limits, access) => onServer(id, (found) => found.grants.setAccess(name, access)),
    measure: (id, names) => onServer(id, async () => (await measure?.(names)) ?? new Map()),
    list: (id) => onServer(id, listTenants),
    ping: (id) => onPrepared(id, async (found) => void (await readCapacity(found))),
    close: async () => server?.clients.close(),
  };
}
