/** Names of tenants as an engine sees them. Neighbours can read them, so they say nothing and cannot be guessed. */
import type { Random } from "../ports/random.ts";

const PREFIX = "t_";
const CHARACTERS = 20;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** A fresh name of 100 random bits: valid unquoted in every engine. */
export function randomTenantName(random: Random): string {
  return PREFIX + Array.from(random.bytes(CHARACTERS), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}
