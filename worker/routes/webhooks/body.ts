/** Any bytes in JSON without loss: as text where they are UTF-8, as base64 otherwise. */

export type EncodedBody = { body: string; body_encoding: "utf-8" | "base64" };

/** Every runtime accepts this many arguments in one call. */
const CHUNK_BYTES = 8_192;

export function encodeBody(bytes: Uint8Array): EncodedBody {
  try {
    // A byte order mark is part of the body.
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), body_encoding: "utf-8" };
  } catch {
    return { body: base64(bytes), body_encoding: "base64" };
  }
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  return btoa(binary);
}
