/** The NATS protocol line by line: what a client library would refuse to send goes out as written. Source: docs.nats.io, "Client protocol". */
import { connect, type Socket } from "node:net";
import { keyOfSeed } from "../../provisioner-bridge/engines/nats/nkeys.ts";
import type { Queue } from "./nats-client.ts";

const ANSWER_TIMEOUT_MS = 3_000;

export type RawNats = {
  /** Sends lines and waits until the server has handled them. @returns what it objected to, or "allowed" */
  send(...lines: string[]): Promise<string>;
  /** Subjects of the messages that came in so far. */
  received(): string[];
  close(): void;
};

/** Logs in with a queue's credentials. */
export async function openRaw({ connection_url, credentials }: Queue): Promise<RawNats> {
  const { hostname, port } = new URL(connection_url);
  const socket = connect({ host: hostname, port: Number(port) });
  const lines = linesOf(socket);
  const info: { nonce?: string } = JSON.parse((await lines.next("INFO ")).slice("INFO ".length));
  const sig = keyOfSeed(credentials?.nats_nkey ?? "", "U")
    .sign(Buffer.from(info.nonce ?? ""))
    .toString("base64url");
  const options = { jwt: credentials?.nats_jwt, sig, headers: true, no_responders: true, verbose: false, pedantic: false };
  socket.write(`CONNECT ${JSON.stringify(options)}\r\nPING\r\n`);
  await lines.next("PONG");
  return {
    async send(...sent) {
      lines.errors.length = 0;
      socket.write([...sent, "PING", ""].join("\r\n"));
      await lines.next("PONG");
      return lines.errors[0] ?? "allowed";
    },
    received: () => [...lines.messages],
    close: () => socket.destroy(),
  };
}

function linesOf(socket: Socket) {
  const errors: string[] = [];
  const messages: string[] = [];
  const waiting: { prefix: string; resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  let rest = "";
  socket.on("error", () => {});
  const take = (line: string) => {
    if (line.startsWith("-ERR")) errors.push(line.slice("-ERR ".length));
    if (/^H?MSG /.test(line)) messages.push(line.split(" ")[1] ?? "");
    if (line === "PING") socket.write("PONG\r\n");
    const [first] = waiting;
    if (first !== undefined && line.startsWith(first.prefix)) waiting.shift()?.resolve(line);
  };
  socket.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("latin1")).split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  socket.on("close", () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`the server hung up: ${errors.join("; ")}`));
  });
  const next = (prefix: string) =>
    new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${prefix} came; errors: ${errors.join("; ")}`)), ANSWER_TIMEOUT_MS);
      const settled = (settle: () => void) => {
        clearTimeout(timer);
        settle();
      };
      waiting.push({ prefix, resolve: (line) => settled(() => resolve(line)), reject: (error) => settled(() => reject(error)) });
    });
  return { errors, messages, next };
}
