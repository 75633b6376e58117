/** Creates of a Redis user and of a NATS account (its pool full, as for databases) beside one that needs no engine at all. */
import { type Percentiles, percentiles } from "../../support/percentiles.ts";
import type { Measure } from "../measure.ts";
import { PreconditionError } from "../precondition.ts";
import { median, ratioByRounds, takeTurns } from "../turns.ts";

const PER_ROUND = 20;
const WARM_UP = 20;

export const kinds: Measure = {
  rows: ["cache", "queue"],
  async run({ world, rounds, say }) {
    for (const engine of ["redis", "nats"] as const) {
      if (world.stack.urls.engines[engine] === undefined) throw new PreconditionError(`${engine} does not run here`);
    }
    say("caches, queues and inboxes, in turns");
    const of = (path: "/cache/new" | "/queue/new" | "/webhook/new") => async () => {
      const { ms, cold } = await world.create(path);
      if (path === "/queue/new" && cold) throw new PreconditionError("a queue was cold when warm ones were measured");
      return ms;
    };
    const works = { cache: of("/cache/new"), queue: of("/queue/new"), webhook: of("/webhook/new") };
    const inTurns = async (count: number) => {
      await world.queueFilling.fillTo(count);
      return takeTurns(works, count);
    };
    await inTurns(WARM_UP);
    const blocks: Record<keyof typeof works, number[]>[] = [];
    for (let round = 0; round < rounds; round += 1) blocks.push(await inTurns(PER_ROUND));
    const medians = (name: keyof typeof works) => blocks.map((block) => median(block[name]));
    const all = (name: keyof typeof works): Percentiles => percentiles(blocks.flatMap((block) => block[name]));
    const webhook = all("webhook");
    const row = (name: "cache" | "queue") => ({
      name,
      ...ratioByRounds(medians(name), medians("webhook")),
      note: `${all(name).p50.toFixed(1)} ms / ${webhook.p50.toFixed(1)} ms, n ${webhook.n} each`,
    });
    return {
      rows: [row("cache"), row("queue")],
      latencies: { "POST /cache/new": all("cache"), "POST /queue/new": all("queue"), "POST /webhook/new": webhook },
    };
  },
};
