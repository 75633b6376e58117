/** What the bench must reach: ratios in one run on one machine. Source: issue "Ready-made tenants", table "Must reach"; what is `ours` is not in it. */

type Goal = { what: string; against: string; ours?: true } & ({ atMost: number } | { atLeast: number } | { informs: true });

const RAW = "raw CREATE ROLE + CREATE DATABASE + connect";
const NO_ENGINE = "POST /webhook/new (no engine), p50";
const QUIET = "the same when all is quiet, p50";

export const GOALS = {
  warm_p50: { what: "POST /db/new warm, p50", against: `${RAW}, p50`, atMost: 0.35 },
  warm_p99: { what: "POST /db/new warm, p99", against: `${RAW}, p99`, atMost: 0.5 },
  cold_p50: { what: "POST /db/new, pool empty, p50", against: `${RAW}, p50`, atMost: 1.4 },
  tenants: { what: "POST /db/new warm, 1,000 databases present, p50", against: "50 present, p50", atMost: 1.2 },
  cache: { what: "POST /cache/new, p50", against: NO_ENGINE, atMost: 2 },
  queue: { what: "POST /queue/new, p50", against: NO_ENGINE, atMost: 2 },
  sustained: { what: "POST /db/new a second, 16 callers", against: "POST /webhook/new a second, 16 callers", atLeast: 0.6 },
  expiry: { what: "300 expiries, time spent on the engine", against: "raw loop of DROP DATABASE + DROP ROLE", atMost: 1.2 },
  during_expiry: { what: "POST /db/new warm while 1,000 expire, p50", against: QUIET, atMost: 1.2, ours: true },
  during_metering: { what: "POST /db/new warm while 10,000 are metered, p50", against: QUIET, atMost: 1.2, ours: true },
  refilling: { what: "POST /db/new warm, three a second, while the pool refills, p50", against: QUIET, informs: true, ours: true },
} as const satisfies Record<string, Goal>;

export type RowName = keyof typeof GOALS;
export const ROW_NAMES = Object.keys(GOALS) as readonly RowName[];

/** One line of the table. `spread`: the smallest and the largest ratio of single rounds. */
export type Row = { name: RowName; reached: number; spread?: readonly [number, number]; note: string };

/** A row without a goal holds. */
export function holds({ name, reached }: Row): boolean {
  const goal: Goal = GOALS[name];
  if ("informs" in goal) return true;
  return "atMost" in goal ? reached <= goal.atMost : reached >= goal.atLeast;
}

/** Nothing for a row without a goal. */
export function verdict(row: Row): string {
  if ("informs" in GOALS[row.name]) return "";
  return holds(row) ? "holds" : "MISSED";
}

export function describeGoal(name: RowName): string {
  const goal: Goal = GOALS[name];
  if ("informs" in goal) return "none";
  return `${"atMost" in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`}${goal.ours ? " (ours)" : ""}`;
}
