/** Whether a create costs more where many tenants are: two stacks side by side, one with 50 databases, one with 1,000. */
import { percentiles } from "../../support/percentiles.ts";
import type { Measure } from "../measure.ts";
import { median, ratioByRounds, takeTurns } from "../turns.ts";
import { beginExpiry, countDatabases, drainPool, growTo, livingDatabases, settle, untilGone, type World } from "../world.ts";
import { createAs, DATABASES_FIRST, DATABASES_LAST } from "./creates.ts";

const PER_ROUND = 30;

export const tenants: Measure = {
  rows: ["tenants"],
  async run({ world: large, small: startSmall, rounds, say }) {
    const small = await startSmall();
    say(`two stacks: ${DATABASES_FIRST} databases, and growing to ${DATABASES_LAST}`);
    await growTo(large, DATABASES_LAST - DATABASES_FIRST);
    for (const world of [small, large]) {
      await drainPool(world);
      await world.filling.fillTo(DATABASES_FIRST);
    }
    const present = [await countDatabases(large), await countDatabases(small)];
    const works = { large: () => createAs(large, "warm"), small: () => createAs(small, "warm") };
    const blocks: Record<keyof typeof works, number[]>[] = [];
    // The first block is compiled on the way, and not counted.
    for (let round = 0; round <= rounds; round += 1) {
      say(`${DATABASES_LAST} databases against ${DATABASES_FIRST}, ${round === 0 ? "to get warm" : `round ${round} of ${rounds}`}`);
      // Handing out makes no database: both counts stay as they are in a block.
      await Promise.all([settle(small), settle(large)]);
      const block = await takeTurns(works, PER_ROUND);
      if (round > 0) blocks.push(block);
      if (round < rounds) await Promise.all([replace(small), replace(large)]);
    }
    const [many, few] = [percentiles(blocks.flatMap((block) => block.large)), percentiles(blocks.flatMap((block) => block.small))];
    const medians = (name: keyof typeof works) => blocks.map((block) => median(block[name]));
    const note = `${many.p50.toFixed(1)} ms / ${few.p50.toFixed(1)} ms, n ${many.n} each, ${present.join(" and ")} databases`;
    return {
      rows: [{ name: "tenants", ...ratioByRounds(medians("large"), medians("small")), note }],
      latencies: { "POST /db/new warm, 1,000 databases": many, "POST /db/new warm, 50 databases": few },
    };
  },
};

/** As many go as were handed out, and as many are made: the number of databases is what it was. */
async function replace(world: World): Promise<void> {
  const ids = await livingDatabases(world, PER_ROUND);
  await beginExpiry(world, ids);
  await untilGone(world, ids);
  await world.filling.fillTo(DATABASES_FIRST);
}
