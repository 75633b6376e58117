/**
 * The administrator's connection to one server. It comes back by itself, says no at once while it is away, and waits for no answer
 * longer than ANSWER_TIMEOUT_MS: then the connection is given up, because every later answer would wait behind the missing one.
 */
import { ClientClosedError, createClient, RESP_TYPES } from "@redis/client";
import type { Log } from "../../log.ts";
import type { Clock } from "../../ports/clock.ts";
import { NoAnswer, within } from "./errors.ts";

const CONNECT_TIMEOUT_MS = 3_000;
const ANSWER_TIMEOUT_MS = 3_000;
const RECONNECT_FIRST_MS = 25;
const RECONNECT_LAST_MS = 500;
/** More than every verb, pass and probe together ever ask at a time. */
const QUEUE_MAX = 10_000;
const AS_BYTES = { [RESP_TYPES.BLOB_STRING]: Buffer };

export type Command = readonly (string | Buffer)[];

export type Link = {
  /** Sends these in one go; each answer, or the first error. @throws why there is no connection, at once when that is known */
  run(...commands: Command[]): Promise<unknown[]>;
  /** The same with every string as the bytes it is. */
  runBytes(...commands: Command[]): Promise<unknown[]>;
  close(): void;
};

export type LinkOptions = { url: string; clock: Clock; log: Log; onConnected: () => void };
type Client = ReturnType<typeof open>;

function open(url: string) {
  return createClient({
    url,
    RESP: 2,
    name: "instanode-bridge",
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    commandsQueueMaxLength: QUEUE_MAX,
    // Its timeout costs a timer for every command and ends when the command is written: ours is in `within`.
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(RECONNECT_LAST_MS, RECONNECT_FIRST_MS * 2 ** retries),
    },
  });
}

/** Connects when it is first used. */
export function createLink(options: LinkOptions): Link {
  const { clock } = options;
  let state: Connection | undefined;
  let closed = false;

  async function connected(): Promise<Client> {
    if (closed) throw new ClientClosedError();
    state ??= connect(options);
    if (state.client.isReady) return state.client;
    if (state.trouble !== undefined) throw state.trouble;
    const { client, settled } = state;
    await within(clock, CONNECT_TIMEOUT_MS, "connecting", settled);
    return client;
  }

  async function send(commands: readonly Command[], asBytes: boolean): Promise<unknown[]> {
    const client = await connected();
    const sent = commands.map((command) => client.sendCommand<unknown>(command, asBytes ? { typeMapping: AS_BYTES } : undefined));
    try {
      return await within(clock, ANSWER_TIMEOUT_MS, String(commands[0]?.[0]), Promise.all(sent));
    } catch (error) {
      if (error instanceof NoAnswer && state?.client === client) giveUp();
      throw error;
    }
  }

  function giveUp(): void {
    state?.client.destroy();
    state = undefined;
  }

  return {
    run: (...commands) => send(commands, false),
    runBytes: (...commands) => send(commands, true),
    close: () => {
      closed = true;
      giveUp();
    },
  };
}

type Connection = {
  client: Client;
  /** Why it is not connected; undefined while it is, and before the first try has ended. */
  trouble: unknown;
  /** The end of the first try. */
  settled: Promise<void>;
};

function connect({ url, log, onConnected }: LinkOptions): Connection {
  const client = open(url);
  const { promise: settled, resolve, reject } = Promise.withResolvers<void>();
  settled.catch(() => undefined);
  const connection: Connection = { client, trouble: undefined, settled };
  client.on("error", (err: unknown) => {
    if (connection.trouble === undefined) log.warn({ err }, "no connection to a tenants' server");
    connection.trouble = err;
    reject(err);
  });
  client.on("ready", () => {
    connection.trouble = undefined;
    // Tenants' clients fill `maxmemory-clients`; the one that looks after them must not be closed for it.
    client.sendCommand(["CLIENT", "NO-EVICT", "ON"]).catch(() => undefined);
    resolve();
    onConnected();
  });
  client.connect().catch(() => undefined);
  return connection;
}
