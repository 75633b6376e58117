/** The one object store: how it is reached, what it can, and what stands behind tenants' keys in the mode it was started in. */

import type { Log } from "../../log.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import { type Capabilities, createBackend, decideMode } from "./backends.ts";
import { type Clients, createClients } from "./clients.ts";
import type { IssuedMode, ObjectStoreConfig } from "./configuration.ts";
import type { Grants } from "./grants/grants.ts";
import { ownerMark } from "./marks.ts";

export type S3Deps = { registryId: string; random: Random; clock: Clock; log: Log };

export type S3Server = {
  readonly config: ObjectStoreConfig;
  readonly clients: Clients;
  readonly capabilities: Capabilities;
  readonly mode: IssuedMode;
  readonly grants: Grants;
  /** What the bucket says of whose it is. */
  readonly mark: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/** Opens nothing yet. @throws Error when the backend cannot do the mode its operator wants */
export function createS3Server(config: ObjectStoreConfig, { registryId, clock, random, log }: S3Deps): S3Server {
  const clients = createClients(config);
  const backend = createBackend(config, clients, clock);
  const capabilities = backend.capabilities();
  const mode = decideMode(capabilities, config.mode);
  const own = log.child({ server: config.bucket });
  own.info({ backend: config.backend, mode }, "storage mode decided");
  return { config, clients, capabilities, mode, grants: backend.grants(mode), mark: ownerMark(registryId), clock, random, log: own };
}
