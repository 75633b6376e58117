/** A multipart form, read as a stream: text fields are collected, one part's bytes are passed on as they come. */
import { decodeField, type MultipartError, make, type PartInfo } from "multipasta";
import { VARIABLES_MAX_BYTES } from "../../../contract/deploys.ts";
import { ApiError } from "../../errors.ts";

const PARTS_MAX = 32;
/** A field of variables, with room for what JSON adds. */
const FIELD_MAX_BYTES = 2 * VARIABLES_MAX_BYTES;

export type FormReader = {
  /**
   * Reads on. The memory of a chunk must keep its bytes until the next call has returned.
   * @returns the bytes of the streamed part in this chunk: parts of its memory @throws ApiError `invalid_form`
   */
  write(chunk: Uint8Array): Uint8Array[];
  /** @throws ApiError `invalid_form` when the form is cut off */
  end(): { fields: Record<string, string>; hasStreamed: boolean };
};

/** @param streamed the name of the part that is passed on @throws ApiError `invalid_form` when this is no multipart form */
export function readForm(contentType: string | null, streamed: string): FormReader {
  const fields = new Map<string, string>();
  let chunks: Uint8Array[] = [];
  let hasStreamed = false;
  let hasEnded = false;
  let failure: ApiError | undefined;
  const fail = (detail: string) => {
    failure ??= new ApiError("invalid_form", { detail });
  };
  const addField = (name: string, value: string) => {
    if (fields.has(name)) fail("a field is sent twice");
    fields.set(name, value);
  };
  const parser = make({
    headers: { "content-type": contentType ?? "" },
    // The parser would keep parts of chunks for a field, so fields are collected here.
    isFile: () => true,
    maxParts: PARTS_MAX,
    onField: () => undefined,
    onFile: (info) => {
      if (info.name !== streamed) return collect(info, (value) => addField(info.name, value), fail);
      if (hasStreamed) fail("a field is sent twice");
      hasStreamed = true;
      return (chunk) => {
        if (chunk !== null) chunks.push(chunk);
      };
    },
    onError: (error) => fail(textOf(error)),
    onDone: () => {
      hasEnded = true;
    },
  });
  const check = () => {
    if (failure !== undefined) throw failure;
  };
  check();
  let held: Uint8Array = new Uint8Array();
  return {
    write(chunk) {
      const [now, later] = withoutDashes(joined(held, chunk));
      held = later;
      parser.write(now);
      check();
      const taken = chunks;
      chunks = [];
      return taken;
    },
    end() {
      parser.write(held);
      parser.end();
      // The parser itself does not miss the end when the form is cut off between two parts.
      if (!hasEnded) fail("it ends early");
      check();
      return { fields: Object.fromEntries(fields), hasStreamed };
    },
  };
}

/** Takes the chunks of a field, and hands its text on at its end. */
function collect(info: PartInfo, done: (value: string) => void, fail: (detail: string) => void): (chunk: Uint8Array | null) => void {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  return (chunk) => {
    if (chunk === null) return done(decodeField(info, joinedAll(parts, bytes)));
    bytes += chunk.byteLength;
    if (bytes > FIELD_MAX_BYTES) return fail("a field is too long");
    parts.push(chunk.slice());
  };
}

function textOf(error: MultipartError): string {
  switch (error._tag) {
    case "InvalidBoundary":
      return "the Content-Type is not multipart/form-data with a boundary";
    case "ReachedLimit":
      return error.limit === "MaxParts" ? `it has more than ${PARTS_MAX} fields` : "it is too large";
    case "EndNotReached":
      return "it ends early";
    default:
      return "a part has malformed headers";
  }
}

const DASH = 0x2d;
const DASHES_MAX = 2;

/** The parser misses the end of a form whose last two dashes come in two chunks, so dashes at the end of a chunk wait for the next one. */
function withoutDashes(chunk: Uint8Array): [Uint8Array, Uint8Array] {
  let held = 0;
  while (held < DASHES_MAX && chunk.at(-1 - held) === DASH) held += 1;
  return [chunk.subarray(0, chunk.length - held), chunk.slice(chunk.length - held)];
}

function joined(held: Uint8Array, chunk: Uint8Array): Uint8Array {
  return held.length === 0 ? chunk : joinedAll([held, chunk], held.length + chunk.length);
}

function joinedAll(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
