/**
 * One pass over one server: its tenants, batch by batch, measured by the engine and reported to the Worker. Only what changed is
 * reported, and everything from time to time.
 */
import type pg from "pg";
import { REPORT_MAX_SIZES, type SizesReport } from "../../contract/reports.ts";
import { yieldToCreates } from "../burst.ts";
import type { Engine } from "../engines/engine.ts";
import type { Log } from "../log.ts";
import { type Clock, wait } from "../ports/clock.ts";
import { withRegistry } from "../registry/database.ts";
import type { Reporter } from "../reports/reporter.ts";
import type { Reported, Size } from "./reported.ts";
import { readPage } from "./rows.ts";

/** Measured in one query of the engine: about 50 ms of a PostgreSQL server. */
export const BATCH = 100;
/** Between two batches, so that the server's few administrative connections are free for jobs; longer after a batch that took longer. */
export const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 500;

export type MeteringDeps = {
  registry: pg.Pool;
  clock: Clock;
  log: Log;
  report: Reporter;
  isBurst: () => boolean;
};
export type PassResult = { measured: number; reported: number };

/** @throws Refusal when registry or engine do not answer; ReportError when the Worker takes no report */
export async function meterServer(deps: MeteringDeps, engine: Engine, server: string, reported: Reported): Promise<PassResult> {
  const total: PassResult = { measured: 0, reported: 0 };
  reported.beginPass(deps.clock.now().getTime());
  let after: string | null = null;
  let begunMs = 0;
  do {
    if (after !== null) await pause(deps, deps.clock.elapsedMs() - begunMs);
    begunMs = deps.clock.elapsedMs();
    // Before the registry is read, so that a cut which the platform ends meanwhile is older than the platform's decision.
    const measuredAt = deps.clock.now();
    const tenants = await withRegistry(deps.registry, (client) => readPage(client, { server, after, limit: BATCH }));
    const bytesOf =
      tenants.length === 0
        ? new Map<string, number>()
        : await engine.measure(
            server,
            tenants.map(({ name }) => name),
          );
    const sizes = tenants.flatMap(({ resource_id, name, is_cut }): Size[] => {
      const bytes = bytesOf.get(name);
      return bytes === undefined ? [] : [{ resource_id, bytes: Math.max(0, Math.round(bytes)), ...(is_cut ? { is_cut } : {}) }];
    });
    total.measured += sizes.length;
    total.reported += await reportNews(deps, { engine: engine.engine, measured_at: measuredAt.toISOString(), sizes }, reported);
    after = tenants.length === BATCH ? (tenants.at(-1)?.resource_id ?? null) : null;
  } while (after !== null);
  return total;
}

async function reportNews({ report }: MeteringDeps, whole: SizesReport, reported: Reported): Promise<number> {
  const sizes = whole.sizes.filter((size) => reported.isNews(size));
  for (let from = 0; from < sizes.length; from += REPORT_MAX_SIZES) {
    const share = sizes.slice(from, from + REPORT_MAX_SIZES);
    // Forgotten first: a report whose answer was lost may still have been accepted, so it must not count as reported.
    reported.forget(share);
    await report({ kind: "sizes", body: { ...whole, sizes: share } });
    reported.remember(share);
  }
  return sizes.length;
}

/** Leaves half of the time to other work, and all of it in a burst of creates. */
async function pause(deps: MeteringDeps, batchMs: number): Promise<void> {
  await wait(deps.clock, Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, batchMs)));
  await yieldToCreates(deps);
}
