/** The remaining pages of long answers, kept by cursor. Only the user who opened a cursor may continue it, on any connection. */

const CURSORS_MAX_PER_USER = 200;
const IDLE_MS = 600_000;

type Cursor = { continuation: Buffer; usedMs: number };

export interface Cursors {
  keep(userId: string, cursor: bigint, continuation: Buffer): void;
  find(userId: string, cursor: bigint): Buffer | undefined;
  /** @returns whether it was there */
  forget(userId: string, cursor: bigint): boolean;
  forgetAll(userId: string): void;
}

/** @param now milliseconds that only grow */
export function createCursors(now: () => number): Cursors {
  const byUser = new Map<string, Map<bigint, Cursor>>();

  function of(userId: string): Map<bigint, Cursor> {
    const cursors = byUser.get(userId) ?? new Map<bigint, Cursor>();
    for (const [id, { usedMs }] of cursors) if (now() - usedMs > IDLE_MS) cursors.delete(id);
    return cursors;
  }

  return {
    keep(userId, cursor, continuation) {
      const cursors = of(userId);
      // Inserted again, so that the first entry is always the least recently used one.
      cursors.delete(cursor);
      cursors.set(cursor, { continuation, usedMs: now() });
      const [oldest] = cursors.keys();
      if (cursors.size > CURSORS_MAX_PER_USER && oldest !== undefined) cursors.delete(oldest);
      byUser.set(userId, cursors);
    },
    find: (userId, cursor) => of(userId).get(cursor)?.continuation,
    forget(userId, cursor) {
      const cursors = of(userId);
      const found = cursors.delete(cursor);
      if (cursors.size === 0) byUser.delete(userId);
      return found;
    },
    forgetAll: (userId) => void byUser.delete(userId),
  };
}
