/** Where commands run: one database of the PostgreSQL behind, as one role. */

/** A text or bytes; PostgreSQL is told the type in the statement. */
export type Value = string | Buffer | null;
/** Columns as PostgreSQL writes them. */
export type Row = readonly (string | null)[];

export interface Store {
  /** @throws CommandError with the code that stands for PostgreSQL's */
  rows(text: string, values: readonly Value[]): Promise<Row[]>;
}

/** The first column of the only row, as bytes. */
export async function bytesFrom(store: Store, text: string, values: readonly Value[]): Promise<Buffer> {
  const [row] = await store.rows(text, values);
  return fromBytea(row?.[0] ?? null) ?? Buffer.alloc(0);
}

/** PostgreSQL writes bytes as \x and hexadecimal digits. */
export function fromBytea(text: string | null): Buffer | undefined {
  return text === null ? undefined : Buffer.from(text.slice(2), "hex");
}
