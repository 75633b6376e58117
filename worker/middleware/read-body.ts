/** Reads a request body up to a limit, independent of Content-Length. */
import { ApiError } from "../errors.ts";

/**
 * @throws ApiError `payload_too_large` at the first byte beyond `maxBytes`; the rest is not read. `invalid_body` when the body
 * ends early or violates HTTP framing (a chunk without a size).
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw new ApiError("payload_too_large", { maxBytes });
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Chunked bodies declare no length, so the bytes are counted.
  for await (const chunk of bytesOf(request)) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new ApiError("payload_too_large", { maxBytes });
    chunks.push(chunk);
  }
  return joined(chunks, size);
}

async function* bytesOf({ body }: Request): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (!reader) return;
  try {
    for (let read = await readOf(reader); !read.done; read = await readOf(reader)) yield read.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A failed read is the sender's fault, so it is a 400. */
async function readOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw new ApiError("invalid_body", { cause });
  }
}

function joined(chunks: Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
