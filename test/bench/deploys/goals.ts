/** What deploys must reach: ratios, and one size, in one run on one machine. */
export type Goal = { what: string; against: string; unit: "" | " MiB" } & ({ atMost: number } | { atLeast: number });

export const GOALS = {
  deploy: {
    what: "tarball to `healthy` and the first 200 from the URL, small Node app, base image present",
    against: "raw build + run by the same engine, to the first 200",
    unit: "",
    atMost: 1.3,
  },
  redeploy: {
    what: "redeploy without a new source, to the first 200 of the new release",
    against: "raw run by the same engine, to the first 200",
    unit: "",
    atMost: 1.5,
  },
  upload: {
    what: "memory of the Worker and the bridge together during a 50 MiB upload",
    against: "idle before it",
    unit: " MiB",
    atMost: 16,
  },
  route: { what: "requests a second through the app's URL", against: "the container's own port", unit: "", atLeast: 0.5 },
} as const satisfies Record<string, Goal>;

export type RowName = keyof typeof GOALS;
export type Row = { name: RowName; reached: number; spread: readonly [number, number]; note: string };

export function holds({ name, reached }: Row): boolean {
  const goal: Goal = GOALS[name];
  return "atMost" in goal ? reached <= goal.atMost : reached >= goal.atLeast;
}

export function describeGoal(name: RowName): string {
  const goal: Goal = GOALS[name];
  return `${"atMost" in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`}${goal.unit}`;
}

/** One line of a table in Markdown. */
export function line(row: Row): string {
  const { what, against, unit } = GOALS[row.name];
  const [low, high] = row.spread.map((value) => value.toFixed(2));
  const reached = `**${row.reached.toFixed(2)}${unit}** ${holds(row) ? "holds" : "MISSED"}`;
  return `| ${what} | ${against} | ${describeGoal(row.name)} | ${reached} | ${low}–${high} | ${row.note} |`;
}
