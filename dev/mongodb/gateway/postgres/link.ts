/**
 * One connection to PostgreSQL as one tenant. The tenant's own SCRAM messages are passed through, so PostgreSQL itself checks
 * password, CONNECT and login, and the gateway never learns a password.
 */
import { connect, type Socket } from "node:net";
import { DatabaseError, parse, serialize } from "pg-protocol";
import { z } from "zod";
import { CommandError } from "../errors.ts";
import { commandError } from "./errors.ts";
import type { Row, Store, Value } from "./store.ts";

const CONNECT_TIMEOUT_MS = 3_000;
/** A backend that runs a statement does not read the termination message. */
const CLOSE_TIMEOUT_MS = 1_000;
const MECHANISM = "SCRAM-SHA-256";
const HOST_UNREACHABLE = 6;

const saslSchema = z.object({ data: z.string() });
const rowSchema = z.object({ fields: z.array(z.string().nullable()) });
type Message = { name: string };

export interface Link extends Store {
  /** The client's first message; @returns the server's first. @throws CommandError */
  begin(clientFirst: string): Promise<string>;
  /** The client's last message; @returns the server's last, when it lets the tenant in. @throws CommandError */
  finish(clientFinal: string): Promise<string>;
  /** Disconnects; resolves when PostgreSQL has released the connection. */
  close(): Promise<void>;
}

export type LinkTarget = { host: string; port: number; role: string; database: string };

/** A pending wait. It receives every message until it returns true. */
type Waiting = { take: (message: Message) => void; fail: (error: Error) => void };

export function openLink({ host, port, role, database }: LinkTarget): Link {
  const socket = connect({ host, port, noDelay: true });
  const wire = createWire(socket);
  const options = { user: role, database, client_encoding: "UTF8", application_name: "mongodb-gateway" };
  const ready = wire.exchange<void>(
    () => socket.once("connect", () => socket.write(serialize.startup(options))),
    (message, done) => message.name === "authenticationSASL" && done(),
  );
  // The connection may end before the first request.
  ready.catch(() => undefined);
  let serverFinal = "";
  return {
    begin: async (clientFirst) => {
      await ready;
      return wire.exchange<string>(
        () => socket.write(serialize.sendSASLInitialResponseMessage(MECHANISM, clientFirst)),
        (message, done) => message.name === "authenticationSASLContinue" && done(saslSchema.parse(message).data),
      );
    },
    finish: (clientFinal) =>
      wire.exchange<string>(
        () => socket.write(serialize.sendSCRAMClientFinalMessage(clientFinal)),
        (message, done) => {
          if (message.name === "authenticationSASLFinal") serverFinal = saslSchema.parse(message).data;
          if (message.name === "readyForQuery") done(serverFinal);
        },
      ),
    rows: (text, values) => query(wire, socket, text, values),
    close: () => wire.close(),
  };
}

function query(wire: Wire, socket: Socket, text: string, values: readonly Value[]): Promise<Row[]> {
  const rows: Row[] = [];
  let failure: Error | undefined;
  return wire.exchange<Row[]>(
    () => {
      const parts = [serialize.parse({ text }), serialize.bind({ values: [...values] }), serialize.execute({}), serialize.sync()];
      socket.write(Buffer.concat(parts));
    },
    (message, done, fail) => {
      if (message.name === "dataRow") rows.push(rowSchema.parse(message).fields);
      // The server says "ready" after an error too: until then the connection is not free.
      else if (message instanceof DatabaseError) failure = commandError(message);
      else if (message.name === "readyForQuery") failure === undefined ? done(rows) : fail(failure);
    },
    { errorsEnd: false },
  );
}

type Wire = ReturnType<typeof createWire>;

/** One request at a time: a session sends the next one after it has the answer. */
function createWire(socket: Socket) {
  let waiting: Waiting | undefined;
  let broken: Error | undefined;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const breakOff = (error: Error): void => {
    broken ??= error;
    waiting?.fail(broken);
    socket.destroy();
  };
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.connecting && breakOff(unreachable("no answer")));
  socket.on("error", (cause) => breakOff(unreachable(cause.message)));
  void closed.then(() => breakOff(unreachable("it hung up")));
  void parse(socket, (message: Message) => waiting?.take(message));

  return {
    exchange<T>(
      ask: () => void,
      hear: (message: Message, done: (value: T) => void, fail: (error: Error) => void) => unknown,
      { errorsEnd = true } = {},
    ): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (broken !== undefined) return reject(broken);
        const end =
          <V>(settle: (value: V) => void) =>
          (value: V): void => {
            waiting = undefined;
            settle(value);
          };
        const fail = end<Error>(reject);
        waiting = {
          fail,
          take: (message) => {
            if (errorsEnd && message instanceof DatabaseError) fail(commandError(message));
            else hear(message, end(resolve), fail);
          },
        };
        ask();
      });
    },
    async close(): Promise<void> {
      if (!socket.destroyed) socket.end(serialize.end());
      const impatience = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS);
      await closed.finally(() => clearTimeout(impatience));
    },
  };
}

const unreachable = (reason: string): CommandError => new CommandError(HOST_UNREACHABLE, `the PostgreSQL behind: ${reason}`);
