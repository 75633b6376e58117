/** "Nothing was made": no row more, of any status, than before. Test files run one after another, so nobody else makes any. */
import { expect } from "vitest";
import { query } from "./postgres-client.ts";

export async function expectNothingMade(stack: { platformUrl: string }, work: () => Promise<unknown>): Promise<void> {
  const before = await countRows(stack);
  await work();
  expect(await countRows(stack)).toBe(before);
}

export async function countRows({ platformUrl }: { platformUrl: string }): Promise<number> {
  const [row] = await query(platformUrl, "SELECT count(*)::int AS count FROM resources");
  return Number(row?.count);
}
