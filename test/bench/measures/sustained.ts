/** How many creates a second 16 callers get, each one after the other, from a pool large enough, beside those that need no engine. */
import { atOnce, type CreatePath, manyCallers } from "../calls.ts";
import type { Measure } from "../measure.ts";
import { PreconditionError } from "../precondition.ts";
import { median, ratioByRounds, timed } from "../turns.ts";
import { settle, type World } from "../world.ts";

const CALLERS = 16;
/** Fifteen each. All rounds together must fit on the server: 2,000 databases (dev/services/tenant-postgres.ts). */
const PER_ROUND = 240;
const SECOND_MS = 1_000;

export const sustained: Measure = {
  rows: ["sustained"],
  async run({ world, rounds, say }) {
    const [db, webhook]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      say(`${CALLERS} callers, round ${round + 1} of ${rounds}: filling the pool with ${PER_ROUND}`);
      await world.filling.fillTo(PER_ROUND);
      await settle(world);
      const works = [
        async () => void db.push(await rate(world, "/db/new")),
        async () => void webhook.push(await rate(world, "/webhook/new")),
      ];
      for (const work of round % 2 === 0 ? works : works.toReversed()) await work();
    }
    const note = `${median(db).toFixed(0)} /s / ${median(webhook).toFixed(0)} /s, rounds of ${PER_ROUND}`;
    return { rows: [{ name: "sustained", ...ratioByRounds(db, webhook), note }] };
  },
};

/** Creates a second. @throws PreconditionError when the pool was not large enough */
async function rate(world: World, path: CreatePath): Promise<number> {
  const callers = Array.from({ length: CALLERS }, manyCallers);
  const ms = await timed(() =>
    atOnce(CALLERS, PER_ROUND, async (index) => {
      const { cold } = await world.create(path, callers[index]?.());
      if (cold) throw new PreconditionError("the pool was not large enough for 16 callers");
    }),
  );
  return (PER_ROUND / ms) * SECOND_MS;
}
