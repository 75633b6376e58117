/**
 * A NATS server without an operator key (`legacy_open`): all tenants share one namespace. The server does not keep tenants apart and
 * enforces no limits; a tenant's subjects are its own by convention only.
 */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { Log } from "../../../log.ts";
import type { NatsServerConfig } from "../configuration.ts";
import { type KeptConnection, keepConnection, openConnection } from "../connection.ts";

const ANSWER_TIMEOUT_MS = 3_000;

export type OpenServer = {
  readonly config: NatsServerConfig;
  readonly registryId: string;
  readonly connection: KeptConnection;
  readonly log: Log;
};

/** Opens nothing yet: the first request does. */
export function createOpenServer(config: NatsServerConfig, deps: { registryId: string; log: Log }): OpenServer {
  const log = deps.log.child({ server: config.id });
  const address = { host: config.internal_host, port: config.internal_port };
  return {
    config,
    registryId: deps.registryId,
    log,
    connection: keepConnection(
      (options) => openConnection(address, null, options),
      (err) => log.warn({ err }, "the connection to a NATS server broke"),
    ),
  };
}

/** @throws the library's errors when JetStream does not answer */
export async function manager({ connection }: OpenServer): Promise<JetStreamManager> {
  return jetstreamManager(await connection.get(), { timeout: ANSWER_TIMEOUT_MS });
}
