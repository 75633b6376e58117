/** How much tenants store: the bytes of their streams. An empty account has none, so there is no baseline. */

import { cachedRead } from "../cached-read.ts";
import { accountKey } from "./identity.ts";
import { readSizes } from "./monitor.ts";
import { accountIds } from "./resolver.ts";
import type { NatsServer } from "./server.ts";

/** A server tells the sizes of all its accounts at once, a thousand a page: the batches of one pass share them. */
const SIZES_MS = 2_000;
/** Which accounts there are costs a server with thousands of them a second. */
const ACCOUNTS_MS = 60_000;

export type Measure = (names: readonly string[]) => Promise<Map<string, number>>;

/** Measures any number of tenants; one that the server has not met since it started stores nothing. */
export function createMeasure(server: NatsServer): Measure {
  const sizesNow = cachedRead(SIZES_MS, server.clock, () => readSizes(server));
  const accountsNow = cachedRead(ACCOUNTS_MS, server.clock, () => accountIds(server));
  return async (names) => {
    const [sizes, accounts] = await Promise.all([sizesNow(), accountsNow()]);
    return new Map(
      names.flatMap((name): [string, number][] => {
        const account = accountKey(server.accountSecret, name).id;
        const bytes = sizes.get(account) ?? (accounts.has(account) ? 0 : undefined);
        return bytes === undefined ? [] : [[name, bytes]];
      }),
    );
  };
}
