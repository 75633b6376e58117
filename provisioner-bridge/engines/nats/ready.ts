/** The credentials of an answer have been used before the answer, and JetStream has answered. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { Refusal } from "../../refusal.ts";
import type { Tenant } from "../engine.ts";
import { openConnection } from "./connection.ts";
import { userJwt } from "./credentials.ts";
import { isWithoutJetStream } from "./errors.ts";
import { accountKey, userKeys } from "./identity.ts";
import { isOpen } from "./monitor.ts";
import type { NatsServer } from "./server.ts";

const ANSWER_TIMEOUT_MS = 3_000;
/** How often a server is asked whether it has seen a connection end; each question takes a millisecond. */
const LOOKS_MAX = 20;

/**
 * Connects as the tenant, over the public address, and has its JetStream answer.
 * @throws Refusal capacity when the server could not reserve the tenant's storage: an account without JetStream is no queue
 */
export async function proveReady(server: NatsServer, tenant: Tenant): Promise<void> {
  const { config, accountSecret } = server;
  const keys = userKeys(tenant);
  const jwt = userJwt(tenant.name, accountKey(accountSecret, tenant.name).id, keys);
  const address = { host: config.public_host, port: config.public_port };
  await server.checks(async () => {
    const connection = await openConnection(address, { jwt, user: keys.user });
    try {
      await askJetStream(connection);
    } finally {
      await endConnection(server, connection);
    }
  });
}

async function askJetStream(connection: NatsConnection): Promise<void> {
  try {
    await jetstreamManager(connection, { timeout: ANSWER_TIMEOUT_MS });
  } catch (cause) {
    if (isWithoutJetStream(cause)) throw new Refusal("capacity", { cause });
    throw cause;
  }
}

/** Waits until the server has noticed: a tenant of few connections may want them all in the next moment. */
async function endConnection(server: NatsServer, connection: NatsConnection): Promise<void> {
  const cid = connection.info?.client_id;
  await connection.close();
  for (let looks = 0; cid !== undefined && looks < LOOKS_MAX; looks += 1) {
    if (!(await isOpen(server, cid))) return;
  }
}
