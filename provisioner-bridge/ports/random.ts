/** The only place of the bridge that draws random numbers. */
import { randomBytes, randomUUID } from "node:crypto";

export interface Random {
  bytes(count: number): Buffer;
  uuid(): string;
  /** From 0 up to, not including, 1; for jitter only. */
  fraction(): number;
}

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  uuid: () => randomUUID(),
  fraction: () => Math.random(),
};
