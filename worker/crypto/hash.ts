/**
 * Keyed hashes (HMAC-SHA256) of values that must be found but not read. The purpose is part of what is hashed, so that hashes for two
 * purposes never match.
 */
import { UUID_PATTERN } from "../../contract/names.ts";
import type { Config } from "../env.ts";

/** Hexadecimal digits of a UUID's last field. */
const NODE_DIGITS = 12;

export interface Hasher {
  /**
   * The token of a resource, shaped like a UUID: the same for every try of the same create. 122 bits no one can guess; the last 48
   * are a code over the others, see `isResourceToken`.
   */
  resourceTokenFor(resourceId: string): Promise<string>;
  /**
   * Whether this key has made the token, for whichever resource. Without it a guess cannot reach a store: where a token names a
   * Durable Object, every guess would make one.
   */
  isResourceToken(token: string): Promise<boolean>;
  /** The hash by which a resource is found from its token. */
  tokenHash(token: string): Promise<string>;
  /** The hash of a caller's address, its ASN, or both. */
  fingerprint(parts: readonly string[]): Promise<string>;
  /** An idempotency key within its caller's scope and route. */
  keyHash(scope: string, route: string, key: string): Promise<string>;
  bodyHash(canonicalBody: string): Promise<string>;
  /** The code of a CLI login, eight letters, that a person compares on two screens. */
  cliCode(loginId: string): Promise<string>;
  /** 32 bytes derived from a caller's idempotency key: only a caller who knows that key gets them again. */
  derived(purpose: string, parts: readonly string[]): Promise<Uint8Array<ArrayBuffer>>;
}

type Mac = (purpose: string, text: string) => Promise<Uint8Array<ArrayBuffer>>;

/** Imports the key once. */
function createMac(secret: Uint8Array<ArrayBuffer>): Mac {
  const imported = crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return async (purpose, text) =>
    new Uint8Array(await crypto.subtle.sign("HMAC", await imported, new TextEncoder().encode(`${purpose}:${text}`)));
}

export function createHasher(config: Pick<Config, "tokenHmacKey" | "fingerprintKey">): Hasher {
  const tokenMac = createMac(config.tokenHmacKey);
  const addressMac = createMac(config.fingerprintKey);
  return {
    async resourceTokenFor(resourceId) {
      const uuid = uuidFrom(await tokenMac("resource-token", resourceId));
      return signedNode(tokenMac, uuid.slice(0, -NODE_DIGITS));
    },
    async isResourceToken(token) {
      if (!UUID_PATTERN.test(token)) return false;
      const lower = token.toLowerCase();
      // Not in constant time: a guessed code opens nothing, it only leads to the look-up.
      return (await signedNode(tokenMac, lower.slice(0, -NODE_DIGITS))) === lower;
    },
    tokenHash: async (token) => hex(await tokenMac("token-hash", token.toLowerCase())),
    fingerprint: async (parts) => hex(await addressMac("fingerprint", JSON.stringify(parts))),
    keyHash: async (scope, route, key) => hex(await tokenMac("idempotency-key", JSON.stringify([scope, route, key]))),
    bodyHash: async (canonicalBody) => hex(await tokenMac("idempotency-body", canonicalBody)),
    cliCode: async (loginId) => codeFrom(await tokenMac("cli-code", loginId)),
    derived: (purpose, parts) => tokenMac(`derived-${purpose}`, JSON.stringify(parts)),
  };
}

/** Letters and digits that are not mistaken for each other: no 0, O, 1, I. */
const CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const CODE_CHARACTERS = 8;

function codeFrom(bytes: Uint8Array): string {
  const letters = Array.from(bytes.slice(0, CODE_CHARACTERS), (byte) => CODE_ALPHABET.charAt(byte % CODE_ALPHABET.length)).join("");
  return `${letters.slice(0, CODE_CHARACTERS / 2)}-${letters.slice(CODE_CHARACTERS / 2)}`;
}

/** SHA-256 in hexadecimal, for secrets of 256 random bits: those need no slow hash. */
export async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

/** @param beginning a UUID up to its last hyphen @returns the whole UUID; its last field (RFC 9562 "node") is a code over the rest */
async function signedNode(mac: Mac, beginning: string): Promise<string> {
  return beginning + hex(await mac("resource-token-code", beginning)).slice(0, NODE_DIGITS);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The first 16 bytes in the shape of a version 4 UUID (RFC 9562, 5.4). */
function uuidFrom(bytes: Uint8Array): string {
  const text = hex(bytes.slice(0, 16));
  const variant = ((Number.parseInt(text.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [text.slice(0, 8), text.slice(8, 12), `4${text.slice(13, 16)}`, variant + text.slice(17, 20), text.slice(20, 32)].join("-");
}
