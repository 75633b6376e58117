/** Randomness of the Worker: the one place here that draws it. */

export interface Ids {
  /** A random UUID (version 4): resource ids, request ids, `jti`. */
  uuid(): string;
  /** Bytes no one can guess, for nonces. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

export const systemIds: Ids = {
  uuid: () => crypto.randomUUID(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
