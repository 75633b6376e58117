/** Redis's protocol by hand: a client library keeps commands back, rewrites answers and reconnects; an attacker does none of it. */
import { once } from "node:events";
import { connect } from "node:net";

const ANSWER_MS = 3_000;
/** What some commands answer: nothing at all. */
export const SILENCE = "(silence)";

const encode = (words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

/** Logs in with the URL's credentials, sends these one after the other, and gives the first line of the last one's answer. */
export async function firstLine(url: string, ...commands: (readonly string[])[]): Promise<string> {
  const { hostname, port, username, password } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(ANSWER_MS) });
    let line = "";
    for (const command of [["AUTH", username, password], ...commands]) {
      socket.write(encode(command));
      line = await answer(socket);
    }
    return line;
  } finally {
    socket.destroy();
  }
}

async function answer(socket: ReturnType<typeof connect>): Promise<string> {
  try {
    const [chunk] = await once(socket, "data", { signal: AbortSignal.timeout(ANSWER_MS) });
    return String(chunk).split("\r\n")[0] ?? "";
  } catch {
    return SILENCE;
  }
}
