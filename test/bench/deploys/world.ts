/** A running stack with a container engine, and a team that deploys to it as any caller does. */
import { readFileSync } from "node:fs";
import { Agent, get } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { type Stack, startStack } from "../../../dev/stack.ts";
import { formOf } from "../../support/deploys.ts";
import { type Call, expectStatus, openAccount } from "../../support/plain-account.ts";
import { tarballOf } from "../../support/small-app.ts";
import { PreconditionError } from "../precondition.ts";
import { type Raw, rawEngine } from "./raw.ts";

const POLL_MS = 5;
const TIMEOUT_MS = 60_000;
/** How long an old release may end its requests. The next redeploy begins after it. */
const DRAIN_SECONDS = 1;
const FORM = { "Content-Type": "multipart/form-data; boundary=----instanode-test" };
const TIER = "team";

const itemSchema = z.object({ item: z.looseObject({ app_id: z.string(), url: z.url(), status: z.string(), release: z.number() }) });
export type App = z.infer<typeof itemSchema>["item"];

export type World = {
  stack: Stack;
  raw: Raw;
  call: Call;
  /** Resolves when it is `healthy` and its URL has answered 200. */
  deploy(name: string, tar: Buffer, by?: Call): Promise<App>;
  /** Resolves at the first 200 of the new release, which is asked for at the app's URL only. */
  redeploy(app: App): Promise<void>;
  /** Resolves when nothing is left of it. */
  remove(app: App, by?: Call): Promise<void>;
  /** The earlier release of a redeploy is gone. */
  settle(): Promise<void>;
  /** A GET of the app, on connections that are kept. @returns the container that answered 200, or null */
  ask(app: Pick<App, "url">): Promise<string | null>;
  close(): Promise<void>;
};

/** @throws PreconditionError where no container engine runs */
export async function openWorld(folder: string): Promise<World> {
  const bridgeEnv = { BRIDGE_DRAIN_SECONDS: String(DRAIN_SECONDS) };
  const stack = await startStack({ dataDir: join(folder, "data"), mode: "serve", restartCrashed: false, engines: ["postgres"], bridgeEnv });
  const engine = stack.deployRows.find(({ what }) => what === "container engine");
  if (engine === undefined) throw new PreconditionError("no container engine runs here");
  const call = await openAccount(stack, TIER);
  const agent = new Agent({ keepAlive: true, ca: readFileSync(stack.rootCertificate) });
  const ask: World["ask"] = ({ url }) => {
    const { hostname, port, host, pathname } = new URL(url);
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: pathname, agent, servername: hostname, headers: { host } };
      get(options, (answer) => void text(answer).then((name) => resolve(answer.statusCode === 200 ? name : null), reject)).on(
        "error",
        reject,
      );
    });
  };
  const itemOf = async (appId: string, by: Call): Promise<App> => itemSchema.parse((await by("GET", `/deploy/${appId}`)).body).item;
  const healthy = (appId: string, by: Call): Promise<App> =>
    poll(async () => {
      const item = await itemOf(appId, by);
      if (item.status === "failed") throw new PreconditionError(`a deploy failed: ${JSON.stringify(item.failure)}`);
      return item.status === "healthy" ? item : undefined;
    });
  return {
    stack,
    raw: rawEngine(engine.where),
    call,
    async deploy(name, tar, by = call) {
      const sent = by("POST", "/deploy/new", { headers: FORM, body: formOf({ name, port: "8080" }, tarballOf(tar)) });
      const { item } = itemSchema.parse((await expectStatus(202, sent)).body);
      await poll(async () => (await ask(item)) ?? undefined);
      return healthy(item.app_id, by);
    },
    async redeploy(app) {
      const before = await ask(app);
      await expectStatus(202, call("POST", `/deploy/${app.app_id}/redeploy`));
      await poll(async () => ((await ask(app)) === before ? undefined : true));
    },
    async remove({ app_id }, by = call) {
      await expectStatus(200, by("DELETE", `/deploy/${app_id}`, { headers: { "X-Skip-Email-Confirmation": "yes" } }));
      await poll(async () => ((await by("GET", `/deploy/${app_id}`)).status === 404 ? true : undefined));
    },
    settle: () => delay((DRAIN_SECONDS + 1) * 1_000),
    ask,
    async close() {
      agent.destroy();
      await stack.stop();
    },
  };
}

async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new PreconditionError(`nothing came of it in ${TIMEOUT_MS} ms`);
    await delay(POLL_MS);
  }
}
