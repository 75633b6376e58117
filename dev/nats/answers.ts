/** Whether a server on a port is a NATS server: it greets every client that connects. */
import { connect } from "node:net";

const GREETING = /^INFO \{/;
const TIMEOUT_MS = 2_000;

/** @throws when there is no answer in time, or another server answers */
export function answersNats(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.once("data", (chunk) => end(GREETING.test(chunk.toString("latin1")) ? undefined : new Error(`not NATS on port ${port}`)));
    socket.once("timeout", () => end(new Error(`no greeting from port ${port} within ${TIMEOUT_MS} ms`)));
    socket.once("error", end);
  });
}
