/**
 * Takes a deploy's form: fields in any order, and the tarball, which goes to the bridge while it comes. Neither Worker nor bridge ever holds
 * it. A form that is refused is read a little further, so that its sender sees the answer instead of a broken connection.
 */
import pTimeout from "p-timeout";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { readForm } from "./form.ts";
import { beginUpload, type SourceUpload } from "./source-upload.ts";
import type { Upload } from "./upload.ts";

const TARBALL = "tarball";
const DRAIN_MAX_BYTES = 1_048_576;
const DRAIN_MAX_MS = 2_000;
/** A sender that stops in the middle frees its place after this time. */
const SILENCE_MAX_MS = 60_000;

/** Read at a time. */
const CHUNK_BYTES = 65_536;

/** @throws ApiError `invalid_form`, `invalid_tarball`, `missing_dockerfile`, `tarball_too_large`, `no_room_for_upload`, `builder_unavailable`, `service_disabled`, `provisioner_unavailable` */
export async function takeUpload(ctx: RequestContext, { headers, body, signal }: Request): Promise<Upload> {
  const form = readForm(headers.get("content-type"), TARBALL);
  if (body === null) throw new ApiError("invalid_form", { detail: "it is empty" });
  const reader = chunksOf(body);
  let upload: SourceUpload | undefined;
  try {
    for (let chunk = await readOf(reader, signal); chunk !== null; chunk = await readOf(reader, signal)) {
      for (const part of form.write(chunk)) {
        upload ??= beginUpload(ctx);
        await upload.write(part);
      }
    }
    return await finished(ctx, form.end(), upload);
  } catch (error) {
    await upload?.abort();
    await drain(reader);
    throw error;
  }
}

/** A tarball without a byte is sent, too: the bridge says what is wrong with it. */
async function finished(
  ctx: RequestContext,
  end: { fields: Record<string, string>; hasStreamed: boolean },
  begun: SourceUpload | undefined,
): Promise<Upload> {
  if (!end.hasStreamed) return { fields: end.fields, source: null };
  return { fields: end.fields, source: await (begun ?? beginUpload(ctx)).end() };
}

type Chunks = {
  /** Null at the end. A chunk's memory is written again by the second read after it. */
  read(): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
};

/**
 * Reads into the same memory again and again: a large upload would leave garbage faster than the runtime collects it. The runtime takes the
 * memory of a read away from those who hold views of it, so each chunk is copied, in turns, into one of two blocks.
 */
function chunksOf(body: ReadableStream<Uint8Array>): Chunks {
  const reader = body.getReader({ mode: "byob" });
  let [block, next] = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)];
  let free = new Uint8Array(CHUNK_BYTES);
  return {
    async read() {
      const { done, value } = await reader.read(free);
      if (done) return null;
      [block, next] = [next, block];
      block.set(value);
      free = new Uint8Array(value.buffer);
      return block.subarray(0, value.byteLength);
    },
    cancel: () => reader.cancel(),
  };
}

/** A read may go on for ever when the sender has left: `signal` tells. */
async function readOf(reader: Chunks, signal: AbortSignal): Promise<Uint8Array | null> {
  try {
    return await pTimeout(reader.read(), { milliseconds: SILENCE_MAX_MS, signal });
  } catch (cause) {
    throw new ApiError("invalid_form", { detail: "it ends early", cause });
  }
}

/** Reads on until the sender has sent all, or has sent or taken too much. */
async function drain(reader: Chunks): Promise<void> {
  const discard = async (): Promise<void> => {
    for (let bytes = 0; bytes <= DRAIN_MAX_BYTES; ) {
      const chunk = await reader.read();
      if (chunk === null) return;
      bytes += chunk.byteLength;
    }
  };
  try {
    await pTimeout(discard(), { milliseconds: DRAIN_MAX_MS });
    await reader.cancel();
  } catch {
    // The sender is gone, or sends nothing more.
  }
}
