/** One measurement of the bench. A new one is a file in measures/, a line in measures/all.ts and a goal in goals.ts. */
import type { Percentiles } from "../support/percentiles.ts";
import type { Row, RowName } from "./goals.ts";
import type { Point } from "./plot.ts";
import type { Steps } from "./steps.ts";
import type { World } from "./world.ts";

export type Bench = {
  /** The stack that grows. */
  world: World;
  /** A second stack beside it with 50 databases; started when it is first asked for. */
  small: () => Promise<World>;
  rounds: number;
  say: (text: string) => void;
};

export type Finding = { rows: Row[]; latencies?: Record<string, Percentiles>; points?: Point[]; steps?: { warm: Steps; cold: Steps } };

export interface Measure {
  /** The rows of the table it fills. */
  readonly rows: readonly RowName[];
  run(bench: Bench): Promise<Finding>;
}
