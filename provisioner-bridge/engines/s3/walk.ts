/** Goes through a listing of the whole bucket without letting one tenant stand in front of the others. */
import { tenantOf } from "./marks.ts";

export type Listing<Row> = (after?: string) => AsyncIterable<readonly Row[]>;

/** Follows "/" in the order of keys, so this is behind every key of a tenant, and before the next tenant's: names are all equally long. */
const behind = (name: string): string => `${name}0`;

/**
 * The rows of tenants, each with its tenant's name. Of one tenant at most `rowsMax` are looked at: then the listing goes on behind it.
 * @param list pages in the order of their keys, which begin after the one given
 * @param onExcess called once for each tenant that has more
 */
export async function* walk<Row extends { Key: string }>(
  list: Listing<Row>,
  rowsMax: number,
  onExcess: (name: string) => void,
): AsyncGenerator<Row & { name: string }> {
  const counts = new Map<string, number>();
  /** Null for what is no tenant's, or too much of one's. */
  const take = (row: Row): (Row & { name: string }) | null => {
    const name = tenantOf(row.Key);
    if (name === null) return null;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (count === rowsMax + 1) onExcess(name);
    return count > rowsMax ? null : { ...row, name };
  };
  /** Where to go on when a page ended in the middle of a tenant that has too much. */
  const jump = (page: readonly Row[]): string | undefined => {
    // A page holds versions first and then the marks of deleted ones, each in order.
    const last = tenantOf(page.reduce((latest, { Key }) => (Key > latest ? Key : latest), ""));
    return last !== null && (counts.get(last) ?? 0) > rowsMax ? behind(last) : undefined;
  };
  let after: string | undefined;
  do {
    const from = after;
    after = undefined;
    for await (const page of list(from)) {
      yield* page.map(take).filter((row) => row !== null);
      after = jump(page);
      if (after !== undefined) break;
    }
  } while (after !== undefined);
}
