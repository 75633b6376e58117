/** One try: an app that is changed while something is killed, and what becomes of it. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { formOf } from "../../support/deploys.ts";
import type { Answer } from "../../support/http.ts";
import { sourceOf, tarballOf } from "../../support/small-app.ts";
import type { FaultHook } from "../hook.ts";
import type { Try } from "./plan.ts";
import type { DeployStack } from "./stack.ts";

const FORM = { "Content-Type": "multipart/form-data; boundary=----instanode-test" };
const SKIP = { "X-Skip-Email-Confirmation": "yes" };
/** The promise: after any crash an acknowledged change has ended within this time. */
const ENDED_MAX_MS = 180_000;
const REACHED_MAX_MS = 30_000;
const POLL_MS = 100;
const RETRY_MS = 400;

const itemSchema = z.looseObject({
  id: z.uuid(),
  app_id: z.string(),
  url: z.url(),
  status: z.string(),
  release: z.number(),
  current_release: z.number().nullable(),
  failure: z.looseObject({ reason: z.string() }).optional(),
});
export type Item = z.infer<typeof itemSchema>;

export type TryResult = { try: Try; reached: boolean; outcome: string; tookMs: number; problems: string[] };

export async function runTry(world: DeployStack, hook: FaultHook, one: Try): Promise<TryResult> {
  const began = performance.now();
  await world.healthy();
  const app = one.change === "deploy" ? null : await served(world, one);
  const armed = hook.arm({ point: one.point, matches: matcher(app, hook), fire: () => world.kill(one.victim), afterwards: one.afterwards });
  const changed = act(world, one, app);
  await Promise.race([armed.fired, changed.then(() => delay(REACHED_MAX_MS, undefined, { ref: false }))]);
  armed.disarm();
  const { problems, outcome } = await judge(world, one, { app, acknowledged: await changed });
  return { try: one, reached: armed.isFired(), outcome, tookMs: performance.now() - began, problems };
}

/** A new deploy has no id yet: the first service that was not met before. */
function matcher(app: Item | null, hook: FaultHook): (id: string) => boolean {
  const met = new Set(hook.visits.map(({ resourceId }) => resourceId));
  return (id) => (app === null ? !met.has(id) : id === app.id || !met.has(id));
}

/** An app that serves; for a rollback with two releases. */
async function served(world: DeployStack, one: Try): Promise<Item> {
  const first = await insist(() => post(world, { name: `try-${one.number}` }, "first", randomUUID()));
  let item = await untilSettled(world, itemOf(first).app_id);
  if (one.change === "rollback") {
    await insist(() => world.call("POST", `/deploy/${item.app_id}/redeploy`));
    item = await untilSettled(world, item.app_id);
  }
  if (item.status !== "healthy") throw new Error(`an app could not be prepared: ${JSON.stringify(item.failure)}`);
  return item;
}

function post({ call }: DeployStack, fields: Record<string, string>, mark: string, key: string): Promise<Answer> {
  const body = formOf({ port: "8080", ...fields }, tarballOf(sourceOf(`${fields.name}-${mark}`)));
  return call("POST", "/deploy/new", { headers: { ...FORM, "Idempotency-Key": key }, body });
}

/** As a client with retries does it. @returns the item of the answer that acknowledged the change; null where there is none to follow */
async function act(world: DeployStack, one: Try, app: Item | null): Promise<Item | null> {
  const { call, platform, stack } = world;
  const name = `try-${one.number}`;
  const key = randomUUID();
  const below = (path: string) => `/deploy/${app?.app_id}${path}`;
  switch (one.change) {
    case "deploy":
      return itemOf(await insist(() => post(world, { name }, "first", key)));
    case "redeploy":
      return itemOf(await insist(() => post(world, { name, redeploy: "true" }, "second", key)));
    case "rollback":
      await insist(() => call("POST", below("/rollback"), { body: { release: 1 } }), [409]);
      return app;
    case "stop":
      await insist(() => call("POST", below("/stop")), [409]);
      return app;
    case "delete":
      await insist(() => call("DELETE", below(""), { headers: SKIP }), [404]);
      return app;
    case "expiry":
      await platform.query("UPDATE services SET expires_at = now() - interval '1 second' WHERE id = $1", [app?.id]);
      for (let tries = 0; tries < 20 && (await statusIn(world, app?.id)) !== "expired"; tries += 1) {
        await stack.runCron("* * * * *").catch(() => delay(RETRY_MS));
      }
      return app;
  }
}

/** Sends again what got no answer or a 5xx; `done`: other answers to a repetition of what was done already. */
async function insist(send: () => Promise<Answer>, done: readonly number[] = []): Promise<Answer> {
  const deadline = performance.now() + ENDED_MAX_MS;
  let hasFailed = false;
  for (;;) {
    const answer = await send().catch(() => null);
    const status = answer?.status ?? 0;
    if (answer !== null && (status < 300 || (hasFailed && done.includes(status)))) return answer;
    // 409: the first try of this key, or the operation before, is still under way.
    const mayPass = status === 0 || status >= 500 || status === 409 || status === 429;
    if (!mayPass || performance.now() > deadline) throw new Error(`answered ${status}: ${answer?.text}`);
    hasFailed = true;
    await delay(RETRY_MS);
  }
}

const itemOf = ({ body }: Answer): Item => z.object({ item: itemSchema }).parse(body).item;

async function statusIn({ platform }: DeployStack, id: string | undefined): Promise<string> {
  const { rows } = await platform.query<{ status: string }>("SELECT status FROM services WHERE id = $1", [id]);
  return rows[0]?.status ?? "nowhere";
}

/** @returns the item once it is neither building nor deploying; `gone` when it answers 404 */
async function untilSettled(
  world: DeployStack,
  appId: string,
  wanted: readonly string[] = ["healthy", "failed", "stopped"],
): Promise<Item> {
  const deadline = performance.now() + ENDED_MAX_MS;
  let last = "nothing";
  while (performance.now() < deadline) {
    const answer = await world.call("GET", `/deploy/${appId}`).catch(() => null);
    if (answer?.status === 404 && wanted.includes("gone")) return GONE;
    if (answer?.status === 200) {
      const item = itemOf(answer);
      last = item.status;
      if (wanted.includes(item.status)) return item;
    }
    await delay(POLL_MS);
  }
  throw new Error(`${appId} is still ${last} after ${ENDED_MAX_MS / 1000} s`);
}
const GONE: Item = { id: randomUUID(), app_id: "", url: "https://gone.example/", status: "gone", release: 0, current_release: null };

type Changed = { app: Item | null; acknowledged: Item | null };

async function judge(world: DeployStack, one: Try, { app, acknowledged }: Changed): Promise<{ problems: string[]; outcome: string }> {
  const followed = acknowledged ?? app;
  if (followed === null) return { problems: ["nothing to follow"], outcome: "nothing" };
  try {
    const isEnd = one.change === "delete" || one.change === "expiry";
    const wanted = isEnd ? ["gone", "expired", "deleted"] : one.change === "stop" ? ["stopped"] : undefined;
    const item = await untilSettled(world, followed.app_id, wanted);
    await world.healthy();
    return { problems: await problemsOf(world, one, { followed, item }), outcome: item.failure?.reason ?? item.status };
  } catch (cause) {
    return { problems: [String(cause)], outcome: "stuck" };
  }
}

async function problemsOf({ ask }: DeployStack, one: Try, { followed, item }: { followed: Item; item: Item }): Promise<string[]> {
  const answers = await untilAnswer(() => ask(followed.url), item.status === "healthy");
  if (item.status === "healthy" && !answers) return ["it is healthy, and its URL does not answer"];
  if (item.status !== "healthy" && answers) return [`it is ${item.status}, and its URL answers`];
  const hadServed = one.change === "redeploy" || one.change === "rollback";
  if (hadServed && item.status !== "healthy") return [`it served before, and is ${item.status} now: ${JSON.stringify(item.failure)}`];
  if (item.status === "failed" && item.failure === undefined) return ["it failed without a reason"];
  return [];
}

/** The proxy may just have been killed. */
async function untilAnswer(asked: () => Promise<string | null>, wanted: boolean): Promise<boolean> {
  for (let tries = 0; tries < 50; tries += 1) {
    if (((await asked()) !== null) === wanted) return wanted;
    await delay(POLL_MS);
  }
  return !wanted;
}

/** Everything that is left of the tries goes as a caller lets it go. */
export async function removeAll(world: DeployStack): Promise<void> {
  await world.healthy();
  const { rows } = await world.platform.query<{ app_id: string }>(
    "SELECT app_id FROM services WHERE status NOT IN ('deleting', 'deleted', 'expired')",
  );
  for (const { app_id } of rows) await insist(() => world.call("DELETE", `/deploy/${app_id}`, { headers: SKIP }), [404]);
}
