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

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** @throws ApiError `invalid_form`, `invalid_tarball`, `missing_dockerfile`, `tarball_too_large`, `no_room_for_upload`, `service_disabled`, `provisioner_unavailable` */
export async function takeUpload(ctx: RequestContext, { headers, body }: Request): Promise<Upload> {
  const form = readForm(headers.get("content-type"), TARBALL);
  if (body === null) throw new ApiError("invalid_form", { detail: "it is empty" });
  const reader: Reader = body.getReader();
  let upload: SourceUpload | undefined;
  try {
    for (let read = await readOf(reader); !read.done; read = await readOf(reader)) {
      for (const chunk of form.write(read.value)) {
        upload ??= beginUpload(ctx);
        await upload.write(chunk);
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

async function readOf(reader: Reader): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await pTimeout(reader.read(), { milliseconds: SILENCE_MAX_MS });
  } catch (cause) {
    throw new ApiError("invalid_form", { detail: "it ends early", cause });
  }
}

/** Reads on until the sender has sent all, or has sent or taken too much. */
async function drain(reader: Reader): Promise<void> {
  const discard = async (): Promise<void> => {
    for (let bytes = 0; bytes <= DRAIN_MAX_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.byteLength;
    }
  };
  try {
    await pTimeout(discard(), { milliseconds: DRAIN_MAX_MS });
    await reader.cancel();
  } catch {
    // The sender is gone, or sends nothing more.
  }
}
