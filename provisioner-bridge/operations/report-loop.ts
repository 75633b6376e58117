/**
 * Reports every operation whose status, and every service whose state the Worker has not taken yet, in order and at least once. Changes that follow each other faster than
 * reports are taken go out as one: a status says everything about its operation.
 */
import pLimit from "p-limit";
import type pg from "pg";
import type { ServiceState } from "../../contract/reports.ts";
import type { Log } from "../log.ts";
import { type Loop, startLoop } from "../loop.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { withRegistry } from "../registry/database.ts";
import { noteReported, type OperationRow, readUnreported, statusOf } from "../registry/operations.ts";
import { noteStateReported, readUnreportedStates } from "../registry/service-states.ts";
import type { Reporter } from "../reports/reporter.ts";

/** The pause before a report that was not taken is sent again. */
const AGAIN_EVERY_MS = 3_000;
const BATCH = 100;
const AT_ONCE = 4;

export type ReportLoopDeps = { registry: pg.Pool; bridgeId: string; clock: Clock; random: Random; log: Log; report: Reporter };

export function startReportLoop({ registry, bridgeId, clock, random, log, report }: ReportLoopDeps): Loop {
  const turns = pLimit(AT_ONCE);

  async function send(row: OperationRow): Promise<void> {
    try {
      await report({ kind: "operation", body: statusOf(row) });
      await withRegistry(registry, (client) => noteReported(client, row.operation_id, row.seq));
    } catch (err) {
      log.warn({ err, operation_id: row.operation_id }, "the status of an operation was not taken");
    }
  }

  async function sendState(state: ServiceState): Promise<void> {
    try {
      await report({ kind: "service", body: state });
      await withRegistry(registry, (client) => noteStateReported(client, state));
    } catch (err) {
      log.warn({ err, service_id: state.service_id }, "the state of a service was not taken");
    }
  }

  async function pass(): Promise<void> {
    try {
      const rows = await withRegistry(registry, (client) => readUnreported(client, bridgeId, BATCH));
      await Promise.all(rows.map((row) => turns(() => send(row))));
      const states = await withRegistry(registry, (client) => readUnreportedStates(client, BATCH));
      await Promise.all(states.map((state) => turns(() => sendState(state))));
    } catch (err) {
      log.warn({ err }, "the statuses of operations could not be read");
    }
  }

  return startLoop({ clock, random, intervalMs: AGAIN_EVERY_MS, pass });
}
