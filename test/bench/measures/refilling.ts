/**
 * What a lone caller feels of the pool being filled behind him: warm creates at three a second, too few to be a burst, in which nothing is
 * filled; while nothing else happens, and while the bridge makes one tenant after the other.
 */
import { percentiles } from "../../support/percentiles.ts";
import { POOL_MAX } from "../filling.ts";
import type { Measure } from "../measure.ts";
import { median, ratioByRounds } from "../turns.ts";
import { drainPool, settle } from "../world.ts";
import { pacedCreates } from "./paced.ts";

const CREATES = 10;

export const refilling: Measure = {
  rows: ["refilling"],
  async run({ world, rounds, say }) {
    const [quiet, busy]: [number[][], number[][]] = [[], []];
    let filled = 0;
    for (let round = 0; round < rounds; round += 1) {
      say(`three a second while the pool refills, round ${round + 1} of ${rounds}`);
      // What was filled beyond need stays for the next round, but a full pool would not be filled.
      if ((await world.filling.ready()) > POOL_MAX / 2) await drainPool(world);
      await world.filling.fillTo(2 * CREATES);
      await settle(world);
      quiet.push(await pacedCreates(world, CREATES));
      filled += await world.filling.during(async () => busy.push(await pacedCreates(world, CREATES)));
    }
    const [before, during] = [percentiles(quiet.flat()), percentiles(busy.flat())];
    const note = `${during.p50.toFixed(1)} ms / ${before.p50.toFixed(1)} ms, n ${during.n} each, ${filled} made meanwhile; p95 ${during.p95.toFixed(1)} / ${before.p95.toFixed(1)} ms`;
    return {
      rows: [{ name: "refilling", ...ratioByRounds(busy.map(median), quiet.map(median)), note }],
      latencies: { "POST /db/new warm, paced, while the pool refills": during },
    };
  },
};
