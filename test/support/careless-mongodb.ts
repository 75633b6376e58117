/** A server that says yes to everybody, as one without authorization does; of what MongoDB can do it knows nothing. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { parse, toBytes } from "../../dev/mongodb/gateway/wire/bson.ts";
import { MESSAGE_MAX_BYTES, readFrames } from "../../dev/mongodb/gateway/wire/frames.ts";
import { decodeRequest, encodeAnswer } from "../../dev/mongodb/gateway/wire/message.ts";

const WIRE_VERSION_MAX = 21;

export type CarelessMongodb = { port: number; close(): Promise<void> };

/** @param version it says it is @param answers what it says to some commands instead; undefined for the others */
export async function startCarelessMongodb(
  version: string,
  answers: (command: Record<string, unknown>) => Record<string, unknown> | undefined = () => undefined,
): Promise<CarelessMongodb> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    void (async () => {
      for await (const frame of readFrames(socket, () => MESSAGE_MAX_BYTES)) {
        const request = decodeRequest(frame);
        const command = parse(request.command);
        socket.write(encodeAnswer(request, toBytes(answers(command) ?? answerTo(Object.keys(command)[0] ?? "", version))));
      }
    })().catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function answerTo(command: string, version: string): Record<string, unknown> {
  if (command === "buildInfo") return { version, versionArray: version.split(".").map(Number), ok: 1 };
  if (/^(hello|isMaster|ismaster)$/.test(command))
    return { helloOk: true, isWritablePrimary: true, ismaster: true, minWireVersion: 0, maxWireVersion: WIRE_VERSION_MAX, ok: 1 };
  return { databases: [], ok: 1 };
}
