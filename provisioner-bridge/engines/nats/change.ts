/** Changes an account that may be in use, without harm to what runs in it. */
import pRetry from "p-retry";
import { UNLIMITED } from "../../../contract/plans.ts";
import { Refusal } from "../../refusal.ts";
import { type AccountState, accountJwt, pausedAccountJwt } from "./account.ts";
import { openConnection } from "./connection.ts";
import { accountKey } from "./identity.ts";
import { signJwt } from "./jwt.ts";
import { countConnections, type JetStreamOfAccount, readJetStream } from "./monitor.ts";
import { keyOf } from "./nkeys.ts";
import { issuedAt, pushAccount } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

/** JetStream uses connections of its own inside the account: at most this many. */
const CONNECTIONS_PER_STREAM = 3;
const CONNECTIONS_PER_CONSUMER = 2;
const KEY_BYTES = 32;
const PUSH_RETRIES = 2;
const PUSH_RETRY_MS = 200;

/**
 * Pushes `next` over an account that JetStream already serves.
 *
 * A server up to 2.10 counts JetStream's own connections when a changed account has a connection limit, and ends those above it:
 * then the streams are dead until the server restarts (measured with 2.9.10 and 2.10.27; 2.15.1 does not). Where that could happen
 * JetStream is switched off and on again in between; it takes milliseconds, data and clients' connections stay.
 */
export async function pushChange(server: NatsServer, account: string, next: AccountState): Promise<void> {
  const signing = { operator: server.operator, account, iat: issuedAt(server) };
  const jetStream = await readJetStream(server, account);
  const whole = accountJwt(next, signing);
  if (jetStream === null || (await hasRoom(server, account, jetStream, next))) return pushAccount(server, whole);
  // The older of the two by the only clock that servers of a cluster compare, and neither of the future: the paused one never wins.
  await pushAccount(server, pausedAccountJwt(next, { ...signing, iat: signing.iat - 1 }));
  // In between the queue has no JetStream, so a lost answer is retried. After a crash the reconciler finishes the change.
  await pRetry(() => pushAccount(server, whole), { retries: PUSH_RETRIES, minTimeout: PUSH_RETRY_MS });
}

async function hasRoom(server: NatsServer, account: string, jetStream: JetStreamOfAccount, { limits }: AccountState): Promise<boolean> {
  if (limits.connections === UNLIMITED || jetStream.streams === 0) return true;
  const own = jetStream.streams * CONNECTIONS_PER_STREAM + jetStream.consumers * CONNECTIONS_PER_CONSUMER;
  return own + (await countConnections(server, account)) <= limits.connections;
}

/**
 * Makes sure that JetStream took the new limits. A server that cannot reserve what an account claims keeps the old limit
 * without an error; after its next restart it would leave the account without JetStream. Then `before` is put back.
 * @throws Refusal capacity
 */
export async function changeLimits(server: NatsServer, account: string, before: AccountState, next: AccountState): Promise<void> {
  await pushChange(server, account, next);
  if (await isServed(server, account, next)) return;
  await pushChange(server, account, before);
  throw new Refusal("capacity");
}

async function isServed(server: NatsServer, account: string, { name, storage_bytes }: AccountState): Promise<boolean> {
  let jetStream = await readJetStream(server, account);
  if (jetStream === null) {
    // Perhaps it was not used since the server started: a server reads an account at its first connection.
    await wakeUp(server, name).catch((err: unknown) => server.log.debug({ err }, "an account could not be woken up"));
    jetStream = await readJetStream(server, account);
  }
  return jetStream !== null && (storage_bytes === UNLIMITED || jetStream.limitBytes === storage_bytes);
}

/** Connects as a temporary user without any permission. */
async function wakeUp(server: NatsServer, name: string): Promise<void> {
  const { config, random } = server;
  const user = keyOf("U", random.bytes(KEY_BYTES));
  const nats = { type: "user", pub: { deny: [">"] }, sub: { deny: [">"] }, subs: 0, data: UNLIMITED, payload: 0 };
  const jwt = signJwt(accountKey(server.accountSecret, name), { iat: issuedAt(server), name: "instanode-bridge", sub: user.id, nats });
  const address = { host: config.internal_host, port: config.internal_port };
  await server.checks(() => openConnection(address, { jwt, user }).then((connection) => connection.close()));
}
