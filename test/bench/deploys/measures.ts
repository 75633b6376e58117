/** The rows of the bench of deploys, each with its comparison in turns. */
import { randomBytes } from "node:crypto";
import { Agent, get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { formOf } from "../../support/deploys.ts";
import { expectStatus } from "../../support/plain-account.ts";
import { sourceOf, tarballOf } from "../../support/small-app.ts";
import { END, member } from "../../support/tarballs.ts";
import { PreconditionError } from "../precondition.ts";
import { median, ratioByRounds, takeTurns, timed } from "../turns.ts";
import type { Row } from "./goals.ts";
import { memoryOf, peakOf } from "./memory.ts";
import type { World } from "./world.ts";

const PER_ROUND = 3;
const MIB = 1_048_576;

const both = (ours: readonly number[], raw: readonly number[]) =>
  `${median(ours).toFixed(0)} ms / ${median(raw).toFixed(0)} ms, n ${ours.length} each`;

export async function deployRow(world: World, rounds: number): Promise<Row> {
  let count = 0;
  const ours = async () => {
    const name = `app-${count++}`;
    const tar = sourceOf(name);
    const began = performance.now();
    const app = await world.deploy(name, tar);
    const ms = performance.now() - began;
    await world.remove(app);
    return ms;
  };
  const raw = async () => {
    const name = `raw-${count++}`;
    const tar = sourceOf(name);
    const ms = await timed(async () => {
      await world.raw.build(name, tar);
      await world.raw.run(name, name);
    });
    await world.raw.removeContainer(name);
    await world.raw.removeImage(name);
    return ms;
  };
  return inRounds("deploy", { ours, raw }, rounds);
}

export async function redeployRow(world: World, rounds: number): Promise<Row> {
  await world.raw.build("again", sourceOf("again"));
  const app = await world.deploy("again", sourceOf("again"));
  let count = 0;
  const ours = async () => {
    await world.settle();
    return timed(() => world.redeploy(app));
  };
  const raw = async () => {
    const name = `again-${count++}`;
    await world.settle();
    const ms = await timed(() => world.raw.run(name, "again"));
    await world.raw.removeContainer(name);
    return ms;
  };
  const row = await inRounds("redeploy", { ours, raw }, rounds);
  await world.raw.removeImage("again");
  await world.remove(app);
  return row;
}

async function inRounds(name: Row["name"], works: Record<"ours" | "raw", () => Promise<number>>, rounds: number): Promise<Row> {
  await takeTurns(works, 1);
  const blocks: Record<"ours" | "raw", number[]>[] = [];
  for (let round = 0; round < rounds; round += 1) blocks.push(await takeTurns(works, PER_ROUND));
  const medians = (which: "ours" | "raw") => blocks.map((block) => median(block[which]));
  const note = both(
    blocks.flatMap(({ ours }) => ours),
    blocks.flatMap(({ raw }) => raw),
  );
  return { name, ...ratioByRounds(medians("ours"), medians("raw")), note };
}

const LARGE_BYTES = 50 * MIB;
const HEADERS_BYTES = 64 * 1024;
const REST_MS = 3_000;

/** A name that is refused after the whole form is read: nothing is built. */
export async function uploadRow({ stack, call }: World, rounds: number): Promise<Row> {
  const noise = randomBytes(LARGE_BYTES - HEADERS_BYTES);
  const tar = Buffer.concat([
    member({ path: "Dockerfile", data: Buffer.from("FROM node:20\n") }),
    member({ path: "noise", data: noise }),
    END,
  ]);
  const body = formOf({ name: "-refused" }, tarballOf(tar));
  const headers = { "Content-Type": "multipart/form-data; boundary=----instanode-test" };
  const upload = () => expectStatus(400, call("POST", "/deploy/new", { headers, body }));
  const pids = ["worker", "bridge"].map((name) => {
    const pid = stack.service(name).pid();
    if (pid === undefined) throw new PreconditionError(`no process of ${name} runs`);
    return pid;
  });
  const grown: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    await delay(REST_MS);
    const idle = memoryOf(pids);
    const peak = await peakOf(pids, upload);
    // What a first upload loads stays.
    if (round >= 0) grown.push((peak - idle) / MIB);
  }
  const note = `${(memoryOf(pids) / MIB).toFixed(0)} MiB after it, n ${grown.length}`;
  return { name: "upload", reached: median(grown), spread: [Math.min(...grown), Math.max(...grown)], note };
}

const CONNECTIONS = 16;
const TURN_MS = 2_000;

export async function routeRow(world: World, rounds: number): Promise<Row> {
  const app = await world.deploy("route", sourceOf("route"));
  const address = await world.raw.addressOf(app.app_id);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const own = () =>
    new Promise<string | null>((resolve, reject) => {
      get(`http://${address}/`, { agent }, (answer) => {
        void text(answer).then((name) => resolve(answer.statusCode === 200 ? name : null), reject);
      }).on("error", reject);
    });
  const rates: { own: number; route: number }[] = [];
  for (let round = 0; round < rounds; round += 1) rates.push({ own: await rate(own), route: await rate(() => world.ask(app)) });
  agent.destroy();
  await world.remove(app);
  const [through, direct] = [rates.map(({ route }) => route), rates.map((one) => one.own)];
  const note = `${median(through).toFixed(0)} /s / ${median(direct).toFixed(0)} /s, ${CONNECTIONS} kept connections`;
  return { name: "route", ...ratioByRounds(through, direct), note };
}

/** Answers a second. @throws PreconditionError when one is not a 200 */
async function rate(ask: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let answers = 0;
  const load = async () => {
    while (performance.now() - began < TURN_MS) {
      if ((await ask()) === null) throw new PreconditionError("the app did not answer 200");
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, load));
  return (answers / (performance.now() - began)) * 1_000;
}
