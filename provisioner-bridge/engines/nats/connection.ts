/** Connections to NATS servers: one that is kept and opened again when it breaks, and short ones as other users. */
import { type ConnectionOptions, connect, type NatsConnection } from "@nats-io/transport-node";
import type { NatsKey } from "./nkeys.ts";

const CONNECT_TIMEOUT_MS = 3_000;
/** A machine that vanishes closes no connection: after three pings without an answer the connection counts as broken. */
const PING_INTERVAL_MS = 5_000;
const PINGS_UNANSWERED_MAX = 2;

/** Who connects; null: without credentials, on a server without an operator. */
export type Identity = { jwt: string; user: NatsKey } | null;
export type Address = { host: string; port: number };

/** Opens a connection. The library would sign the server's challenge in JavaScript, which takes 35 ms: node:crypto does it. */
export function openConnection({ host, port }: Address, identity: Identity, options: ConnectionOptions = {}): Promise<NatsConnection> {
  return connect({
    servers: `${host}:${port}`,
    name: "instanode-bridge",
    timeout: CONNECT_TIMEOUT_MS,
    reconnect: false,
    // One entry of the configuration is one server: the addresses its cluster announces are ignored.
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
    ...(identity === null ? {} : { authenticator: (nonce) => answer(identity, nonce) }),
    ...options,
  });
}

function answer({ jwt, user }: NonNullable<Identity>, nonce = "") {
  return { jwt, nkey: user.id, sig: user.sign(Buffer.from(nonce)).toString("base64url") };
}

export type KeptConnection = {
  /** The open connection, or a new one when there is none. */
  get(): Promise<NatsConnection>;
  close(): Promise<void>;
};

/** Opens nothing yet: the first `get` does. A connection that broke is forgotten, so that the next job opens another. */
export function keepConnection(
  open: (options: ConnectionOptions) => Promise<NatsConnection>,
  broke: (err: unknown) => void,
): KeptConnection {
  let current: Promise<NatsConnection> | undefined;
  let closing = false;

  async function start(): Promise<NatsConnection> {
    const connection = await open({ pingInterval: PING_INTERVAL_MS, maxPingOut: PINGS_UNANSWERED_MAX });
    connection.closed().then(async (reason) => {
      if ((await current) === connection) current = undefined;
      if (!closing) broke(reason ?? new Error("the server closed the connection"));
    }, broke);
    return connection;
  }

  const opened = () => {
    current ??= start().catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    return current;
  };

  return {
    async get() {
      const connection = await opened();
      if (!connection.isClosed()) return connection;
      // Closed a moment ago; the event has not arrived yet.
      current = undefined;
      return opened();
    },
    async close() {
      closing = true;
      await current?.then((connection) => connection.close()).catch(() => undefined);
    },
  };
}
