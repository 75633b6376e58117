/** The password as PostgreSQL stores it, made here so that neither the wire nor the server's log ever has the password. */
import { createHash, createHmac, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

/** PostgreSQL's own count. */
const ITERATIONS = 4096;
const KEY_BYTES = 32;
export const SALT_BYTES = 16;

const stretch = promisify(pbkdf2);

function hmac(key: Buffer, message: string): Buffer {
  return createHmac("sha256", key).update(message).digest();
}

/** The SCRAM-SHA-256 verifier of an ASCII password (RFC 5802 section 3, RFC 7677). */
export async function scramVerifier(password: string, salt: Buffer): Promise<string> {
  const salted = await stretch(password, salt, ITERATIONS, KEY_BYTES, "sha256");
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest("base64");
  const serverKey = hmac(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
