/** Reads a request body up to a limit, whatever Content-Length says or does not say. */
import { ApiError } from "../errors.ts";

/** @throws ApiError `payload_too_large` at the first byte beyond `maxBytes`; the rest is not read */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw new ApiError("payload_too_large", { maxBytes });
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The declared length is only a hint: chunked bodies have none, so the bytes themselves are counted.
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
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel().catch(() => undefined);
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
