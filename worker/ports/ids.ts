/** The Worker's randomness: the only place that draws it. */

export interface Ids {
  /** A random UUID (version 4): resource ids, request ids, `jti`. */
  uuid(): string;
  /** Unpredictable bytes, for nonces. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

export const systemIds: Ids = {
  uuid: () => crypto.randomUUID(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
