/** Whether 1,000 expiries slow a create: warm creates while nothing else happens, and while a share of them is being dropped. */
import { percentiles } from "../../support/percentiles.ts";
import type { Measure } from "../measure.ts";
import { PreconditionError } from "../precondition.ts";
import { median, ratioByRounds } from "../turns.ts";
import { beginExpiry, countGoing, drainPool, growTo, livingDatabases, settle, untilGone } from "../world.ts";
import { pacedCreates } from "./paced.ts";

const EXPIRIES = 1_000;
const CREATES = 12;

export const expirySweep: Measure = {
  rows: ["during_expiry"],
  async run({ world, rounds, say }) {
    const share = Math.ceil(EXPIRIES / Math.max(rounds, 5));
    const [quiet, busy]: [number[][], number[][]] = [[], []];
    await drainPool(world);
    say(`expiry of ${share * rounds}: growing to as many databases`);
    await growTo(world, share * rounds);
    await world.filling.fillTo(2 * CREATES * rounds);
    for (let round = 0; round < rounds; round += 1) {
      say(`expiry of ${share}, round ${round + 1} of ${rounds}`);
      await settle(world);
      quiet.push(await pacedCreates(world, CREATES));
      const ids = await livingDatabases(world, share);
      await beginExpiry(world, ids);
      busy.push(await pacedCreates(world, CREATES));
      if ((await countGoing(world, ids)) === 0) throw new PreconditionError("the expiries were over before the creates were");
      await untilGone(world, ids);
    }
    const [before, during] = [percentiles(quiet.flat()), percentiles(busy.flat())];
    const note = `${during.p50.toFixed(1)} ms / ${before.p50.toFixed(1)} ms, n ${during.n} each; p95 ${during.p95.toFixed(1)} / ${before.p95.toFixed(1)} ms`;
    return {
      rows: [{ name: "during_expiry", ...ratioByRounds(busy.map(median), quiet.map(median)), note }],
      latencies: { "POST /db/new warm, paced, quiet": before, "POST /db/new warm, paced, during expiry": during },
    };
  },
};
