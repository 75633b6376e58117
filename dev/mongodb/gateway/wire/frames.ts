/** Cuts a stream of bytes into MongoDB messages, none larger than allowed. */

export const HEADER_BYTES = 16;
const LENGTH_BYTES = 4;
/** What `hello` tells drivers. */
export const MESSAGE_MAX_BYTES = 48_000_000;
/** Enough for the messages that are allowed before a login. */
export const STRANGERS_MESSAGE_MAX_BYTES = 65_536;

/** Bytes that are not a message. The connection is closed, because the start of the next message is unknown. */
export class MalformedMessage extends Error {
  constructor(reason: string) {
    super(`not a MongoDB message: ${reason}`);
    this.name = "MalformedMessage";
  }
}

/** @param maxBytes asked for each message @throws MalformedMessage */
export async function* readFrames(chunks: AsyncIterable<Buffer>, maxBytes: () => number): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    pending.push(chunk);
    size += chunk.length;
    while (size >= LENGTH_BYTES) {
      const length = lengthOf(pending);
      if (length < HEADER_BYTES || length > maxBytes()) throw new MalformedMessage(`${length} bytes`);
      if (size < length) break;
      const all = Buffer.concat(pending, size);
      yield all.subarray(0, length);
      pending = [all.subarray(length)];
      size -= length;
    }
  }
}

function lengthOf(pending: Buffer[]): number {
  const [first] = pending;
  const head = first !== undefined && first.length >= LENGTH_BYTES ? first : Buffer.concat(pending);
  return head.readInt32LE(0);
}
