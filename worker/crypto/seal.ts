/**
 * Secrets at rest: AES-256-GCM, bound to the row and column that hold them, so that a ciphertext copied to another row does not open.
 * Text format: `v1.<kid>.<iv>.<ciphertext>`, the last two in base64url.
 */
import { base64url } from "jose";
import type { Config } from "../env.ts";
import type { Ids } from "../ports/ids.ts";

const VERSION = "v1";
const IV_BYTES = 12;

/** A sealed text that does not open: it was changed, copied from another place, or sealed with an unknown key. */
export class SealError extends Error {
  constructor(options?: { cause?: unknown }) {
    super("a sealed value does not open", options);
    this.name = "SealError";
  }
}

export interface Sealer {
  /** @param binding the place of the value, e.g. "resources.connection_url:<id>"; opening needs the same one */
  seal(plaintext: string, binding: string): Promise<string>;
  /** @throws SealError */
  open(sealed: string, binding: string): Promise<string>;
}

/** The first key seals; all open. Keys are imported once. */
export function createSealer(keys: Config["encryptionKeys"], ids: Ids): Sealer {
  const imported = new Map(
    keys.map(({ kid, key }) => [kid, crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"])] as const),
  );
  const utf8 = new TextEncoder();

  async function cipher(kid: string, iv: Uint8Array<ArrayBuffer>, binding: string) {
    const key = await imported.get(kid);
    if (!key) throw new SealError();
    return { key, parameters: { name: "AES-GCM", iv, additionalData: utf8.encode(`${VERSION}.${kid}.${binding}`) } };
  }

  return {
    async seal(plaintext, binding) {
      const { kid } = keys[0];
      const iv = ids.bytes(IV_BYTES);
      const { key, parameters } = await cipher(kid, iv, binding);
      const ciphertext = await crypto.subtle.encrypt(parameters, key, utf8.encode(plaintext));
      return [VERSION, kid, base64url.encode(iv), base64url.encode(new Uint8Array(ciphertext))].join(".");
    },
    async open(sealed, binding) {
      const [version, kid, iv, ciphertext, ...rest] = sealed.split(".");
      if (version !== VERSION || !kid || !iv || !ciphertext || rest.length > 0) throw new SealError();
      try {
        const { key, parameters } = await cipher(kid, new Uint8Array(base64url.decode(iv)), binding);
        return new TextDecoder().decode(await crypto.subtle.decrypt(parameters, key, new Uint8Array(base64url.decode(ciphertext))));
      } catch (cause) {
        throw new SealError({ cause });
      }
    },
  };
}
