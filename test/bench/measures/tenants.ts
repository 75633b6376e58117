/** Whether a create costs more where many tenants are: two stacks side by side, one with 50 databases, one with 1,000. */
import { percentiles } from "../../support/percentiles.ts";
import type { Measure } from "../measure.ts";
import { takeTurns } from "../turns.ts";
import { drainPool, growTo, settle, type World } from "../world.ts";
import { createAs, DATABASES_FIRST, DATABASES_LAST } from "./creates.ts";

/** Of the 50: compiled on the way, and not counted. */
const WARM_UP = 10;

export const tenants: Measure = {
  rows: ["tenants"],
  async run({ world: large, small: startSmall, say }) {
    const small = await startSmall();
    say(`two stacks: ${DATABASES_FIRST} databases, and growing to ${DATABASES_LAST}`);
    await growTo(large, DATABASES_LAST - DATABASES_FIRST);
    // Handing out makes no database: both counts stay as they are.
    for (const world of [small, large]) await prepare(world);
    const works = { large: () => createAs(large, "warm"), small: () => createAs(small, "warm") };
    await takeTurns(works, WARM_UP);
    const times = await takeTurns(works, DATABASES_FIRST - WARM_UP);
    const [many, few] = [percentiles(times.large), percentiles(times.small)];
    return {
      rows: [
        { name: "tenants", reached: many.p50 / few.p50, note: `${many.p50.toFixed(1)} ms / ${few.p50.toFixed(1)} ms, n ${many.n} each` },
      ],
      latencies: { "POST /db/new warm, 1,000 databases": many, "POST /db/new warm, 50 databases": few },
    };
  },
};

async function prepare(world: World): Promise<void> {
  await drainPool(world);
  await world.filling.fillTo(DATABASES_FIRST);
  await settle(world);
}
