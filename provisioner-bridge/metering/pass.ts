/**
 * One pass over one server: its tenants, batch by batch, measured by the engine and reported to the Worker. Only what changed is
 * reported, and everything once in a while. Source: issue "Metering and limits".
 */
import type pg from "pg";
import { REPORT_MAX_SIZES, type SizesReport } from "../../contract/reports.ts";
import type { Engine } from "../engines/engine.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { withRegistry } from "../registry/database.ts";
import { readPage } from "../registry/metering.ts";
import type { Reporter } from "../reports/reporter.ts";
import type { Reported, Size } from "./reported.ts";

/** Measured in one query of the engine: about 50 ms of a PostgreSQL server. */
export const BATCH = 100;
/** Between two batches, so that the server's few administrative connections are free for jobs. */
const PAUSE_MS = 50;
/** In a burst of creates a batch waits this long, and then goes on all the same: a flood must not stop the metering. */
const YIELD_MS = 250;
const YIELDS_MAX = 8;

export type MeteringDeps = {
  registry: pg.Pool;
  clock: Clock;
  log: Log;
  report: Reporter;
  /** True in a burst of creates. */
  isBusy: () => boolean;
};
export type PassResult = { measured: number; reported: number };

/** @throws Refusal when registry or engine do not answer; ReportError when the Worker takes no report */
export async function meterServer(deps: MeteringDeps, engine: Engine, server: string, reported: Reported): Promise<PassResult> {
  const total: PassResult = { measured: 0, reported: 0 };
  reported.beginPass(deps.clock.now().getTime());
  let after: string | null = null;
  do {
    if (after !== null) await pause(deps);
    // Before the registry is read, too: a cut that the platform has ended since is then older than its word.
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
    // Forgotten first: a report whose answer never came may still be taken, and must not count as the last word.
    reported.forget(share);
    await report({ kind: "sizes", body: { ...whole, sizes: share } });
    reported.remember(share);
  }
  return sizes.length;
}

async function pause({ clock, isBusy }: MeteringDeps): Promise<void> {
  await wait(clock, PAUSE_MS);
  for (let yields = 0; isBusy() && yields < YIELDS_MAX; yields += 1) await wait(clock, YIELD_MS);
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
