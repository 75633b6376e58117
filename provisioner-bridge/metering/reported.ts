/** The last report of each resource of one server, so that an idle tenant is not reported again. */

import type { SizesReport } from "../../contract/reports.ts";

/** Everything is reported again this often: a row that was written after its first report, or a restored database, catches up. */
export const FULL_EVERY_MS = 600_000;

export type Size = SizesReport["sizes"][number];

export type Reported = {
  /** Begins a pass; after FULL_EVERY_MS everything is news again, which also forgets tenants that are gone. */
  beginPass(nowMs: number): void;
  isNews(size: Size): boolean;
  remember(sizes: readonly Size[]): void;
  forget(sizes: readonly Size[]): void;
};

export function createReported(): Reported {
  const told = new Map<string, Size>();
  let fullSince = Number.NEGATIVE_INFINITY;
  return {
    beginPass(nowMs) {
      if (nowMs - fullSince < FULL_EVERY_MS) return;
      fullSince = nowMs;
      told.clear();
    },
    isNews: ({ resource_id, bytes, is_cut }) => {
      const last = told.get(resource_id);
      return last?.bytes !== bytes || last.is_cut !== is_cut;
    },
    remember: (sizes) => {
      for (const size of sizes) told.set(size.resource_id, size);
    },
    forget: (sizes) => {
      for (const { resource_id } of sizes) told.delete(resource_id);
    },
  };
}
