/** Listens for MongoDB's drivers. A bad message of a client ends only that client's connection. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Sessions, World } from "./command.ts";
import { answer } from "./dispatch.ts";
import type { Session } from "./session.ts";
import { MalformedMessage, MESSAGE_MAX_BYTES, readFrames, STRANGERS_MESSAGE_MAX_BYTES } from "./wire/frames.ts";
import { decodeRequest, encodeAnswer } from "./wire/message.ts";

const CONNECTIONS_MAX = 1_000;

export type Gateway = { readonly server: Server; close(): Promise<void> };

export function createSessions(): Sessions & { add(session: Session): void; remove(session: Session): void } {
  const open = new Set<Session>();
  return {
    max: CONNECTIONS_MAX,
    all: () => open,
    add: (session) => void open.add(session),
    remove: (session) => void open.delete(session),
  };
}

/** @param report receives unexpected errors, without anything that a client sent */
export function createGateway(world: World, sessions: ReturnType<typeof createSessions>, report: (cause: unknown) => void): Gateway {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    const session: Session = {
      id: connections,
      address: socket.remoteAddress ?? "",
      login: undefined,
      user: undefined,
      link: undefined,
    };
    sessions.add(session);
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => {
      sockets.delete(socket);
      sessions.remove(session);
      for (const link of [session.link, session.login?.link]) link?.close().catch(report);
    });
    serve(world, session, socket, report).catch((cause: unknown) => {
      if (!(cause instanceof MalformedMessage)) report(cause);
      socket.destroy();
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  return {
    server,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}

/** Handles one request after the other, in their order. */
async function serve(world: World, session: Session, socket: Socket, report: (cause: unknown) => void): Promise<void> {
  const maxBytes = (): number => (session.user === undefined ? STRANGERS_MESSAGE_MAX_BYTES : MESSAGE_MAX_BYTES);
  for await (const frame of readFrames(socket, maxBytes)) {
    const request = decodeRequest(frame);
    const bytes = await answer(world, session, request, report);
    if (request.wantsAnswer && !socket.write(encodeAnswer(request, bytes))) await drained(socket);
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}
