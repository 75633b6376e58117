/** How many posts a second one inbox takes, beside the inserts a bare Durable Object takes in the same moments. */
import { join } from "node:path";
import { z } from "zod";
import { percentiles } from "../../support/percentiles.ts";
import { postAll } from "../../support/posts.ts";
import { startBareWorker } from "./bare-worker.ts";

const CONNECTIONS = 8;
const POSTS_A_ROUND = 500;
const ROUNDS = 12;
const WARM_UP_ROUNDS = 2;
/** About what a repository's push event without its commits is. */
const BODY_BYTES = 1_024;

export type Rates = { connections: number; bodyBytes: number; rows: { name: string; perSecond: number }[]; toBare: number };

const createdSchema = z.object({ receive_url: z.url() });

/** @param folder for the bare object's files */
export async function measureIngest(apiUrl: string, folder: string): Promise<Rates> {
  const bare = await startBareWorker(join(folder, "bare"));
  try {
    const { receive_url } = createdSchema.parse(
      await (await fetch(`${apiUrl}/webhook/new`, { method: "POST", body: JSON.stringify({ name: "bench" }) })).json(),
    );
    const inbox: number[] = [];
    const inserts: number[] = [];
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
      const [posted, inserted] = [await rateOf(receive_url), await rateOf(bare.url)];
      if (round < 0) continue;
      inbox.push(posted);
      inserts.push(inserted);
    }
    // Round by round: what slows the machine down slows both of a pair.
    const ratios = inbox.map((posted, round) => posted / (inserts[round] ?? Number.NaN));
    return {
      connections: CONNECTIONS,
      bodyBytes: BODY_BYTES,
      rows: [
        { name: "posts to one webhook inbox", perSecond: percentiles(inbox).p50 },
        { name: "inserts into one bare Durable Object", perSecond: percentiles(inserts).p50 },
      ],
      toBare: percentiles(ratios).p50,
    };
  } finally {
    await bare.stop();
  }
}

/** Posts a second. @throws when one of them was not taken */
async function rateOf(url: string): Promise<number> {
  const bodies = Array.from({ length: POSTS_A_ROUND }, (_, index) => `${index} `.padEnd(BODY_BYTES, "x"));
  const began = performance.now();
  const posted = await postAll(url, bodies, CONNECTIONS);
  const seconds = (performance.now() - began) / 1_000;
  const failed = posted.find(({ status }) => status !== 200);
  if (failed) throw new Error(`a post was answered ${failed.status}: ${failed.answer}`);
  return POSTS_A_ROUND / seconds;
}

export function describeRates({ connections, bodyBytes, rows, toBare }: Rates): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, perSecond }) => `${name.padEnd(width)}  ${Math.round(perSecond).toString().padStart(6)} /s`);
  return `${lines.join("\n")}\n${bodyBytes} bytes each over ${connections} connections, median of ${ROUNDS} rounds of ${POSTS_A_ROUND}; round by round the inbox takes ${toBare.toFixed(2)} of the bare rate.`;
}
