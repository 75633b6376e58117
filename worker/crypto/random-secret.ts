/** Secrets of which only the SHA-256 is stored: links, API keys, poll secrets. */
import { base64url } from "jose";
import type { Ids } from "../ports/ids.ts";

const SECRET_BYTES = 32;

/** 256 random bits as 43 URL-safe characters. */
export function randomSecret(ids: Ids): string {
  return base64url.encode(ids.bytes(SECRET_BYTES));
}
