/** A multipart form, read as a stream: text fields are collected, one part's bytes are passed on as they come. */
import { decodeField, type MultipartError, make } from "multipasta";
import { VARIABLES_MAX_BYTES } from "../../../contract/deploys.ts";
import { ApiError } from "../../errors.ts";

const PARTS_MAX = 32;
/** A field of variables, with room for what JSON adds. */
const FIELD_MAX_BYTES = 2 * VARIABLES_MAX_BYTES;

export type FormReader = {
  /** Reads on. @returns the bytes of the streamed part in this chunk @throws ApiError `invalid_form` */
  write(chunk: Uint8Array): Uint8Array[];
  /** @throws ApiError `invalid_form` when the form is cut off */
  end(): { fields: Record<string, string>; hasStreamed: boolean };
};

/** @param streamed the name of the part that is passed on @throws ApiError `invalid_form` when this is no multipart form */
export function readForm(contentType: string | null, streamed: string): FormReader {
  const fields = new Map<string, string>();
  let chunks: Uint8Array[] = [];
  let hasStreamed = false;
  let failure: ApiError | undefined;
  const fail = (detail: string) => {
    failure ??= new ApiError("invalid_form", { detail });
  };
  const parser = make({
    headers: { "content-type": contentType ?? "" },
    isFile: ({ name }) => name === streamed,
    maxParts: PARTS_MAX,
    maxFieldSize: FIELD_MAX_BYTES,
    onField: (info, value) => {
      if (fields.has(info.name)) fail("a field is sent twice");
      fields.set(info.name, decodeField(info, value));
    },
    onFile: () => {
      if (hasStreamed) fail("a field is sent twice");
      hasStreamed = true;
      return (chunk) => {
        // The parser uses the memory of a chunk again.
        if (chunk !== null) chunks.push(chunk.slice());
      };
    },
    onError: (error) => fail(textOf(error)),
    onDone: () => undefined,
  });
  const check = () => {
    if (failure !== undefined) throw failure;
  };
  check();
  return {
    write(chunk) {
      parser.write(chunk);
      check();
      const taken = chunks;
      chunks = [];
      return taken;
    },
    end() {
      parser.end();
      check();
      return { fields: Object.fromEntries(fields), hasStreamed };
    },
  };
}

function textOf(error: MultipartError): string {
  switch (error._tag) {
    case "InvalidBoundary":
      return "the Content-Type is not multipart/form-data with a boundary";
    case "ReachedLimit":
      return error.limit === "MaxParts" ? `it has more than ${PARTS_MAX} fields` : "a field is too long";
    case "EndNotReached":
      return "it ends early";
    default:
      return "a part has malformed headers";
  }
}
