/** What neighbours notice of a noisy app: the times of an app of another team, and of creates of databases, quiet and during each attack. */
import { setTimeout as delay } from "node:timers/promises";
import { openWorld, type World } from "../bench/deploys/world.ts";
import { percentile } from "../support/percentiles.ts";
import { expectStatus, openAccount } from "../support/plain-account.ts";
import { sourceOf } from "../support/small-app.ts";
import { END, member } from "../support/tarballs.ts";
import { ATTACKER, type Attack } from "./attacker.ts";

export const seconds = 15;
const SLOWER_MAX = 3;
const MS_MAX = 100;
const WARM_UP = 20;
const BETWEEN_MS = 20;
const P99 = 0.99;
/** Its own limits are those of the largest tier. */
const ATTACKER_TIER = "team";

export type Figures = { attack: Attack; what: string; quietMs: number; p99Ms: number; count: number; isTooSlow: boolean };
type Works = Record<string, () => Promise<unknown>>;

export async function measureNoise(
  folder: string,
  attacks: readonly Attack[],
  forSeconds: number,
  log: (line: string) => void,
): Promise<Figures[]> {
  const world = await openWorld(folder);
  try {
    const neighbour = await world.deploy("neighbour", sourceOf("neighbour"));
    const works: Works = {
      "the neighbour's app": async () => {
        if ((await world.ask(neighbour)) === null) throw new Error("the neighbour's app did not answer 200");
      },
      "POST /db/new": () => expectStatus(201, world.call("POST", "/db/new", { body: { name: "quiet" } })),
    };
    for (const work of Object.values(works)) for (let count = 0; count < WARM_UP; count += 1) await work();
    const quiet = await timesOf(works, forSeconds);
    const figures: Figures[] = [];
    for (const attack of attacks) {
      const stop = await begin(world, attack);
      const during = await timesOf(works, forSeconds);
      await stop();
      for (const what of Object.keys(works)) {
        const [quietMs, p99Ms] = [percentile(quiet[what] ?? [], P99), percentile(during[what] ?? [], P99)];
        const isTooSlow = p99Ms > Math.max(SLOWER_MAX * quietMs, MS_MAX);
        figures.push({ attack, what, quietMs, p99Ms, count: during[what]?.length ?? 0, isTooSlow });
        log(
          `${attack}: ${what}: p99 ${p99Ms.toFixed(1)} ms, quiet ${quietMs.toFixed(1)} ms, n ${during[what]?.length}${isTooSlow ? " TOO SLOW" : ""}`,
        );
      }
    }
    return figures;
  } finally {
    await world.close();
  }
}

/** @returns what ends it: the attacker is deleted, whatever it does */
async function begin(world: World, attack: Attack): Promise<() => Promise<void>> {
  const call = await openAccount(world.stack, ATTACKER_TIER);
  const tar = Buffer.concat([...Object.entries(ATTACKER).map(([path, text]) => member({ path, data: Buffer.from(text) })), END]);
  const attacker = await world.deploy(`attacker-${attack}`, tar, call);
  await world.ask({ url: `${attacker.url}/${attack}` });
  await delay(1_000);
  return () => world.remove(attacker, call);
}

/** All works in turns, with pauses, as calm callers do. */
async function timesOf(works: Works, forSeconds: number): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(works).map((what) => [what, []]));
  const began = performance.now();
  while (performance.now() - began < forSeconds * 1_000) {
    for (const [what, work] of Object.entries(works)) {
      const start = performance.now();
      await work();
      times[what]?.push(performance.now() - start);
      await delay(BETWEEN_MS);
    }
  }
  return times;
}
