/** HAProxy's runtime API: one command a connection on a Unix socket, answered by text. */
import { connect } from "node:net";
import { text } from "node:stream/consumers";

const ANSWER_TIMEOUT_MS = 5_000;
/** A command with its lines must fit into one buffer of HAProxy's (16 KiB). */
const CHUNK_BYTES = 8_192;

/** @throws Error when the socket does not answer */
export async function ask(socket: string, command: string): Promise<string> {
  const connection = connect(socket);
  connection.setTimeout(ANSWER_TIMEOUT_MS, () => connection.destroy(new Error("HAProxy's runtime API does not answer")));
  connection.end(`${command}\n`);
  return (await text(connection)).trim();
}

/** Replaces all lines of a map at once: a request sees the map as it was, or as it is. @throws Error when HAProxy refuses or does not answer */
export async function replaceMap(socket: string, file: string, lines: readonly string[]): Promise<void> {
  const created = await ask(socket, `prepare map ${file}`);
  const version = /^New version created: (\d+)$/.exec(created)?.[1];
  if (version === undefined) throw new Error(`HAProxy prepared no map: ${created}`);
  for (const chunk of chunks(lines)) await must(socket, `add map @${version} ${file} <<\n${chunk.join("\n")}\n`);
  await must(socket, `commit map @${version} ${file}`);
}

/** Such a command answers with nothing, or with what is wrong. */
async function must(socket: string, command: string): Promise<void> {
  const answer = await ask(socket, command);
  if (answer !== "") throw new Error(`HAProxy refused a change of a map: ${answer}`);
}

function chunks(lines: readonly string[]): string[][] {
  const result: string[][] = [];
  let bytes = CHUNK_BYTES;
  for (const line of lines) {
    if (bytes + line.length > CHUNK_BYTES) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)?.push(line);
    bytes += line.length + 1;
  }
  return result;
}
