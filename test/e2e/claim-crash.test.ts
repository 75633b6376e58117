/** A Worker that is killed while a claim is confirmed: it has happened whole, or not at all, and everybody hears of it in the end. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { type FaultHook, startFaultHook } from "../faults/hook.ts";
import { claimIt, freshEmail, newestLink, pressButton, sessionOf } from "../support/accounts.ts";
import { type Created, expectError } from "../support/answers.ts";
import { type Api, apiOf, freshKey } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { killedAt } from "../support/killed.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { connectionsOf, query, refusalOf, withClient } from "../support/postgres-client.ts";
import { bearer } from "../support/resources.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const EVERY_MINUTE = "* * * * *";
const SETTLED = { timeout: 30_000, interval: 100 };
const NAME = { name: "prod-db" };
const { anonymous, hobby } = plans.tiers;

let hook: FaultHook;
let own: TestStack;
let api: Api;

beforeAll(async () => {
  hook = await startFaultHook();
  own = await startTestStack({ engines: ["postgres"], workerVars: { FAULT_HOOK_URL: hook.url } });
  api = apiOf(own.facts);
});
afterAll(async () => {
  if (own) await expectNoLeaks(own.facts).finally(() => own.dispose());
  await hook?.close();
});

const rowOf = async (id: string) => (await query(own.facts.platformUrl, "SELECT * FROM resources WHERE id = $1", [id]))[0] ?? {};

/** Its engine, its row and everybody who remembered it know that it is gone. */
const isDropped = (id: string) =>
  hook.seen(({ point, resourceId }) => point === "worker.drop.after_update" && resourceId === id, SETTLED.timeout);

type Cut = { created: Created; caller: string; key: string; email: string; link: string };

/** Presses the button of a claim's page while the Worker is killed. */
async function cutOffAt(point: "worker.claim.before_transfer" | "worker.claim.after_transfer"): Promise<Cut> {
  const [caller, key, email] = [freshCaller(), freshKey(), freshEmail()];
  const created = await api.create({ caller, key });
  await api.call("POST", "/claim", { caller, body: { token: created.upgrade_jwt, email } });
  const link = await newestLink(api, email);
  const end = await killedAt({ hook, stack: own, point, id: created.id }, () => pressButton(api, link, { caller }));
  expect(end).toBe("broken");
  return { created, caller, key, email, link };
}

/** What the cron looks for is a minute old. */
async function cronComesBy(id: string): Promise<void> {
  await query(
    own.facts.platformUrl,
    "UPDATE resources SET changed_at = changed_at - interval '80 seconds', status_changed_at = status_changed_at - interval '80 seconds' WHERE id = $1",
    [id],
  );
  await own.runCron(EVERY_MINUTE);
  await vi.waitFor(async () => expect((await rowOf(id)).limit_generation).toBeNull(), SETTLED);
}

async function signIn(email: string): Promise<Record<string, string>> {
  await api.call("POST", "/auth/email/start", { body: { email } });
  return bearer(sessionOf(await pressButton(api, await newestLink(api, email))));
}

/** What the create's key brings now is another resource, and no stored answer. */
async function expectForgotten({ created, caller, key }: Pick<Cut, "created" | "caller" | "key">): Promise<void> {
  const again = await api.call("POST", "/db/new", { caller, headers: { "Idempotency-Key": key }, body: NAME });
  expect([again.status, again.headers.get("x-idempotent-replay")]).toEqual([201, null]);
  expect(z.object({ id: z.uuid() }).parse(again.body).id).not.toBe(created.id);
}

it("before its statement: nothing has happened, and the same link still works", async () => {
  const { created, caller, link } = await cutOffAt("worker.claim.before_transfer");
  expect(await rowOf(created.id)).toMatchObject({ team_id: null, tier: "anonymous", generation: 1 });
  const session = sessionOf(await pressButton(api, link, { caller }));
  const item = await api.call("GET", `/api/v1/resources/${created.token}`, { headers: bearer(session) });
  expect(item.body).toMatchObject({ item: { id: created.id, tier: "hobby" } });
});

it("after its statement: it stands; the person signs in afresh, and the old URL is at the tier's limits once the cron came by", async () => {
  const { created, email, link } = await cutOffAt("worker.claim.after_transfer");
  expect(await rowOf(created.id)).toMatchObject({ tier: "hobby", expires_at: null, generation: 2 });
  expect((await pressButton(api, link)).status).toBe(410);
  const headers = await signIn(email);
  expect((await api.call("GET", `/api/v1/resources/${created.token}/credentials`, { headers })).body).toMatchObject({
    connection_url: created.connection_url,
  });
  expect(await connectionsOf(created.connection_url, hobby.limits.postgres_connections)).toBe(anonymous.limits.postgres_connections);
  await withClient(created.connection_url, async (client) => {
    await cronComesBy(created.id);
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });
  expect(await connectionsOf(created.connection_url, hobby.limits.postgres_connections + 1)).toBe(hobby.limits.postgres_connections);
});

it("after its statement: the address it came from is told by the cron, and shows its stored answer to nobody any more", async () => {
  const { created, caller, key } = await cutOffAt("worker.claim.after_transfer");
  expect((await rowOf(created.id)).previous_scope).toEqual(expect.any(String));
  await cronComesBy(created.id);
  await expectForgotten({ created, caller, key });
});

it("after its statement, and taken back by its holder before the cron came by: the address it came from is told all the same", async () => {
  const [caller, key, email] = [freshCaller(), freshKey(), freshEmail()];
  const along = await api.create({ caller, key });
  const mine = await api.create({ caller });
  await api.call("POST", "/claim", { caller, body: { token: mine.upgrade_jwt, email } });
  const link = await newestLink(api, email);
  const press = () => pressButton(api, link, { caller });
  expect(await killedAt({ hook, stack: own, point: "worker.claim.after_transfer", id: mine.id }, press)).toBe("broken");
  await claimIt(api, along, { caller });
  await vi.waitFor(async () => expect(await rowOf(along.id)).toMatchObject({ limit_generation: null, previous_scope: null }), SETTLED);
  await expectForgotten({ created: along, caller, key });
  await cronComesBy(mine.id);
});

it("after its statement, and deleted before the cron came by: the address it came from is told by its drop", async () => {
  const { created, caller, key, email } = await cutOffAt("worker.claim.after_transfer");
  const headers = await signIn(email);
  expect((await api.call("DELETE", `/api/v1/resources/${created.token}`, { headers })).status).toBe(200);
  await isDropped(created.id);
  await expectForgotten({ created, caller, key });
});

it("after its statement: the resource counts for the team once, however often its claim is told", async () => {
  const { live_resources } = hobby.limits;
  const { created, email } = await cutOffAt("worker.claim.after_transfer");
  const headers = await signIn(email);
  await cronComesBy(created.id);
  await query(own.facts.platformUrl, "UPDATE resources SET limit_generation = generation WHERE id = $1", [created.id]);
  await cronComesBy(created.id);
  const create = () => api.call("POST", "/webhook/new", { headers, body: { name: "one-of-many" } });
  for (let live = 2; live <= live_resources; live += 1) expect((await create()).status).toBe(201);
  expectError(await create(), "quota_exceeded");
});

it("a resource that is dropped while its team's object is told of it does not count for the team afterwards", async () => {
  const caller = freshCaller();
  const [mine, along] = [await api.create({ caller }), await api.create({ caller })];
  const { bearer: headers } = await claimIt(api, mine, { caller });
  await vi.waitFor(async () => expect((await rowOf(along.id)).limit_generation).toBeNull(), SETTLED);
  const dropped = async () => {
    expect((await api.call("DELETE", `/api/v1/resources/${along.token}`, { headers })).status).toBe(200);
    await isDropped(along.id);
  };
  const shot = hook.arm({ point: "worker.count.before_attach", matches: (met) => met === along.id, fire: dropped });
  await api.call("POST", `/api/v1/resources/${along.token}/confirm`, { headers, body: { upgrade_jwt: along.upgrade_jwt } });
  await shot.fired;
  const create = () => api.call("POST", "/webhook/new", { headers, body: { name: "one-of-many" } });
  for (let live = 2; live <= hobby.limits.live_resources; live += 1) expect((await create()).status).toBe(201);
  expectError(await create(), "quota_exceeded");
});

it("of a resource that is taken back: it is its own team's wholly, and for the other it is not there any more", async () => {
  const caller = freshCaller();
  const [theirs, mine] = [await api.create({ caller }), await api.create({ caller })];
  const me = await claimIt(api, mine, { caller });
  const email = freshEmail();
  await api.call("POST", "/claim", { caller, body: { token: theirs.upgrade_jwt, email } });
  const link = await newestLink(api, email);
  const point = "worker.claim.after_transfer";
  await killedAt({ hook, stack: own, point, id: theirs.id }, () => pressButton(api, link, { caller }));
  await cronComesBy(theirs.id);
  const read = (headers: Record<string, string>) => api.call("GET", `/api/v1/resources/${theirs.token}/credentials`, { headers });
  expect((await read(await signIn(email))).body).toMatchObject({ connection_url: theirs.connection_url });
  expectError(await read(me.bearer), "not_found");
});

it("of a rotation the engine did not hear of, the page says that the old password may still work; asking for the new one ends it", async () => {
  const [caller, email] = [freshCaller(), freshEmail()];
  const created = await api.create({ caller });
  await api.call("POST", "/claim", { caller, body: { token: created.upgrade_jwt, email, rotate: true } });
  const link = await newestLink(api, email);
  await own.service("bridge").stop();
  const used = await pressButton(api, link, { caller });
  const location = used.headers.get("location") ?? "";
  expect(location).toBe("/dashboard?done=claimed-rotating");
  const headers = { Cookie: `__Host-instanode_session=${sessionOf(used)}` };
  expect((await api.call("GET", location, { headers })).text).toContain("the old one may still work");
  expect(await refusalOf(created.connection_url, "SELECT 1")).toBeNull();
  await own.service("bridge").start();
  await own.service("bridge").ready();
  await vi.waitFor(async () => {
    const revealed = await api.call("GET", `/api/v1/resources/${created.token}/credentials`, { headers: bearer(sessionOf(used)) });
    expect(revealed.status, revealed.text).toBe(200);
  }, SETTLED);
  expect(await refusalOf(created.connection_url, "SELECT 1")).toBe("28P01");
});
