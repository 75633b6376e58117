/** A create with the pool full, with the pool empty, and the raw SQL it stands for, while the server fills from 50 databases to 1,000. */
import { percentiles } from "../../support/percentiles.ts";
import type { Bench, Finding, Measure } from "../measure.ts";
import type { Point } from "../plot.ts";
import { PreconditionError } from "../precondition.ts";
import { medianSteps, type Steps } from "../steps.ts";
import { median, ratioByRounds, takeTurns } from "../turns.ts";
import { countDatabases, drainPool, growTo, settle, type World } from "../world.ts";
import { type Raw, rawTenants } from "./raw.ts";

/** With the six rounds of a whole run: 300 warm creates. */
export const WARM_PER_ROUND = 50;
const COLD_PER_ROUND = 12;
export const DATABASES_FIRST = 50;
export const DATABASES_LAST = 1_000;
const DATABASES_STEP = 190;
/** Compiled on the way, and not counted. */
const WARM_UP = 10;

type Round = { databases: number; warm: number[]; cold: number[]; rawOfWarm: number[]; rawOfCold: number[] };
type AllSteps = { warm: Steps[]; cold: Steps[] };

export const creates: Measure = {
  rows: ["warm_p50", "warm_p99", "cold_p50"],
  async run(bench) {
    const raw = rawTenants(bench.world.tenants);
    await warmUp(bench.world, raw);
    const rounds: Round[] = [];
    const steps: AllSteps = { warm: [], cold: [] };
    for (let round = 0; round < bench.rounds; round += 1) rounds.push(await once(bench, raw, round, steps));
    return { ...findings(rounds), steps: { warm: medianSteps(steps.warm), cold: medianSteps(steps.cold) } };
  },
};

async function warmUp(world: World, raw: Raw): Promise<void> {
  await world.filling.fillTo(WARM_UP);
  await takeTurns({ warm: () => createAs(world, "warm"), raw: raw.create }, WARM_UP);
  await drainPool(world);
  await raw.clear();
}

async function once({ world, say, rounds }: Bench, raw: Raw, round: number, steps: AllSteps): Promise<Round> {
  const databases = Math.min(DATABASES_LAST, DATABASES_FIRST + DATABASES_STEP * round);
  say(`creates, round ${round + 1} of ${rounds}: growing to ${databases} databases`);
  await growTo(world, databases - WARM_PER_ROUND);
  await world.filling.fillTo(WARM_PER_ROUND);
  await settle(world);
  const present = await countDatabases(world);
  const full = await takeTurns({ warm: () => createAs(world, "warm", steps.warm), raw: raw.create }, WARM_PER_ROUND);
  await drainPool(world);
  const empty = await takeTurns({ cold: () => createAs(world, "cold", steps.cold), raw: raw.create }, COLD_PER_ROUND);
  await raw.clear();
  return { databases: present, warm: full.warm, rawOfWarm: full.raw, cold: empty.cold, rawOfCold: empty.raw };
}

/** @throws PreconditionError when the pool was not in the state that is measured */
export async function createAs(world: World, wanted: "warm" | "cold", noted: Steps[] = []): Promise<number> {
  const { ms, cold, steps } = await world.create("/db/new");
  if (cold !== (wanted === "cold")) throw new PreconditionError(`a create was ${cold ? "cold" : "warm"} when ${wanted} ones were measured`);
  noted.push(steps);
  return ms;
}

function findings(rounds: readonly Round[]): Finding {
  const all = (of: (round: Round) => number[]) => percentiles(rounds.flatMap(of));
  const medians = (of: (round: Round) => number[]) => rounds.map((round) => median(of(round)));
  const [warm, cold, raw] = [all((r) => r.warm), all((r) => r.cold), all((r) => [...r.rawOfWarm, ...r.rawOfCold])];
  const rawOfWarm = all((r) => r.rawOfWarm);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return {
    rows: [
      {
        name: "warm_p50",
        ...ratioByRounds(
          medians((r) => r.warm),
          medians((r) => r.rawOfWarm),
        ),
        note: `${ms(warm.p50)} / ${ms(rawOfWarm.p50)}, n ${warm.n}`,
      },
      { name: "warm_p99", reached: warm.p99 / rawOfWarm.p99, note: `${ms(warm.p99)} / ${ms(rawOfWarm.p99)}, n ${warm.n}` },
      {
        name: "cold_p50",
        ...ratioByRounds(
          medians((r) => r.cold),
          medians((r) => r.rawOfCold),
        ),
        note: `${ms(cold.p50)} / ${ms(all((r) => r.rawOfCold).p50)}, n ${cold.n}`,
      },
    ],
    latencies: { "POST /db/new warm": warm, "POST /db/new, pool empty": cold, "raw CREATE ROLE + CREATE DATABASE + connect": raw },
    points: rounds.map(pointOf),
  };
}

function pointOf({ databases, warm, cold, rawOfWarm, rawOfCold }: Round): Point {
  const of = (times: readonly number[]) => {
    const { p50, p95 } = percentiles(times);
    return { p50, p95 };
  };
  return { databases, warm: of(warm), cold: of(cold), raw: of([...rawOfWarm, ...rawOfCold]) };
}
