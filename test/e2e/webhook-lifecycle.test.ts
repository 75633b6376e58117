/**
 * An inbox from its create to its end, on a stack of its own: it needs no engine, survives the death of its Worker, is gone from its
 * last millisecond on, and leaves nothing it was sent.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { inboxLimits, RECEIVE_MAX_BYTES } from "../../contract/webhook-inbox.ts";
import { inboxRecord } from "../../worker/homes/inbox.ts";
import { createNeonDatabase } from "../../worker/platform-db/neon.ts";
import { createLogger } from "../../worker/ports/log.ts";
import { expectError } from "../support/answers.ts";
import { type Api, apiOf } from "../support/api.ts";
import { createInbox, type Inbox } from "../support/inbox.ts";
import { resourceRow } from "../support/inspect.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { query } from "../support/postgres-client.ts";
import { readObjects, runCron, startTestStack, type TestStack } from "../support/stack.ts";

const EVERY_MINUTE = "* * * * *";
const DROP_MS = 20_000;

let own: TestStack;
let api: Api;

beforeAll(async () => {
  own = await startTestStack({ engines: ["postgres"] });
  api = apiOf(own.facts);
});
afterAll(async () => {
  if (!own) return;
  await expectNoLeaks(own.facts).finally(() => own.dispose());
});

/** What clocks do in a day: the row's and the object's own lease end. The Worker must not run meanwhile. */
async function endLeases(): Promise<void> {
  await query(
    own.facts.platformUrl,
    "UPDATE resources SET expires_at = now() - interval '1 second' WHERE kind = 'webhook' AND status = 'active'",
    [],
  );
  const folder = join(own.facts.objectsDir, "instanode-WebhookInbox");
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".sqlite") && file !== "metadata.sqlite")) {
    const database = new DatabaseSync(join(folder, name));
    database.prepare("UPDATE inbox SET expires_at = ? WHERE is_open = 1").run(Date.now() - 1_000);
    database.close();
  }
}

async function untilDropped({ created }: Inbox): Promise<void> {
  await vi.waitFor(async () => expect(await resourceRow(own.facts, created.id)).toMatchObject({ status: "dropped" }), {
    timeout: DROP_MS,
    interval: 50,
  });
}

const onDisk = (what: string) => readObjects(own.facts).filter(({ text }) => text.includes(what));

it("is made while every engine and the bridge are away", async () => {
  for (const service of ["bridge", "tenant-postgres"] as const) await own.service(service).stop();
  try {
    const inbox = await createInbox(api);
    await inbox.post("x");
    expect((await inbox.page()).total).toBe(1);
  } finally {
    for (const service of ["tenant-postgres", "bridge"] as const) {
      await own.service(service).start();
      await own.service(service).ready();
    }
  }
});

it("is told what its row says when it asks, and the difference between a row that went and one that never was", async () => {
  const database = createNeonDatabase(own.facts.platformUrl, own.facts.sqlUrl);
  const { created } = await createInbox(api);
  const logged: string[] = [];
  const log = createLogger({ now: () => 0 }, (_level, line) => void logged.push(line));
  const ask = (id: string) => inboxRecord({ database, log }, id);
  const kept = { state: "kept", limits: inboxLimits("anonymous"), expiresAt: Date.parse(created.expires_at) };
  expect(await ask(created.id)).toEqual({ ...kept, pause: { isPaused: false, generation: 1 } });
  const change = "UPDATE resources SET tier = 'hobby', expires_at = NULL, paused_at = now(), generation = 2 WHERE id = $1";
  await query(own.facts.platformUrl, change, [created.id]);
  const changed = { state: "kept", limits: inboxLimits("hobby"), expiresAt: null };
  expect(await ask(created.id)).toEqual({ ...changed, pause: { isPaused: true, generation: 2 } });
  await query(own.facts.platformUrl, "UPDATE resources SET status = 'dropping' WHERE id = $1", [created.id]);
  expect(await ask(created.id)).toEqual({ state: "gone" });
  expect(logged).toEqual([]);
  expect(await ask(crypto.randomUUID())).toEqual({ state: "unknown" });
  expect(logged.join()).toContain("inbox.unknown");
});

const item = async ({ created }: Inbox) => {
  const headers = { Authorization: `Bearer ${created.upgrade_jwt}` };
  return api.call("GET", `/api/v1/resources/${created.token}`, { headers });
};

it("is a resource like any other: it shows what it stores, never over its limit, and its owner deletes it", async () => {
  const inbox = await createInbox(api);
  const body = Buffer.alloc(RECEIVE_MAX_BYTES - 20, "x");
  for (let i = 0; i < 7; i += 1) await inbox.post(body);
  const { storage_bytes, total } = await inbox.page("?limit=1");
  const { bytes: limit } = inboxLimits("anonymous");
  expect((await item(inbox)).body).toMatchObject({
    item: { resource_type: "webhook", storage_bytes, storage_limit_bytes: limit, storage_exceeded: false, access: "full" },
  });
  expect([storage_bytes <= limit, total]).toEqual([true, 4]);
  // Full as it is, it stands in no other create's way.
  await createInbox(api);

  const headers = { Authorization: `Bearer ${inbox.created.upgrade_jwt}` };
  expect((await api.call("DELETE", `/api/v1/resources/${inbox.created.token}`, { headers })).status).toBe(200);
  expectError(await item(inbox), "not_found");
  await untilDropped(inbox);
  expectError(await inbox.send("POST"), "webhook_expired");
});

it("takes its row's new tier and lease, by a job of the outbox that may come twice", async () => {
  const inbox = await createInbox(api);
  const { id } = inbox.created;
  // What a claim does to the row.
  const claim =
    "UPDATE resources SET tier = 'hobby', expires_at = NULL, generation = 2, limit_generation = 2, changed_at = now() - interval '5 minutes' WHERE id = $1";
  await query(own.facts.platformUrl, claim, [id]);
  for (let i = 0; i < 2; i += 1) await runCron(own.facts, EVERY_MINUTE);
  const settled = () => query(own.facts.platformUrl, "SELECT limit_generation FROM resources WHERE id = $1", [id]);
  await vi.waitFor(async () => expect(await settled()).toEqual([{ limit_generation: null }]), { timeout: DROP_MS, interval: 50 });
  const { requests: ring } = inboxLimits("anonymous");
  await Promise.all(Array.from({ length: ring + 1 }, () => inbox.post("x")));
  expect((await inbox.page("?limit=1")).total).toBe(ring + 1);
});

it("loses nothing it has answered when its Worker is killed", async () => {
  const inbox = await createInbox(api, { fields: { response: { status: 202, body: "thanks" } } });
  const acknowledged: string[] = [];
  const posts = Array.from({ length: 40 }, async (_, index) => {
    const answer = await inbox.send("POST", { body: `event ${index}` }).catch(() => null);
    if (answer?.status === 202) acknowledged.push(answer.headers.get("x-webhook-request-id") ?? "");
    if (acknowledged.length === 20) own.service("worker").kill("SIGKILL");
  });
  await Promise.all(posts);
  await own.service("worker").restart();
  const kept = (await inbox.page("?limit=100")).requests.map(({ id }) => id);
  expect(acknowledged.length).toBeGreaterThanOrEqual(20);
  expect(kept).toEqual(expect.arrayContaining(acknowledged));
  expect((await inbox.send("POST")).text).toBe("thanks");
});

it("is gone the moment its lease is over, before it is swept and after, with everything it was sent", async () => {
  const inbox = await createInbox(api);
  const content = crypto.randomUUID();
  const id = await inbox.post(content);
  expect(onDisk(content)).not.toEqual([]);
  await own.service("worker").stop();
  await endLeases();
  await own.service("worker").start();
  await own.service("worker").ready();

  expectError(await inbox.send("POST", { body: "late" }), "webhook_expired");
  for (const rest of ["", "/next?wait=30", `/${id}`]) expectError(await inbox.read(rest), "webhook_expired");
  expect(await resourceRow(own.facts, inbox.created.id)).toMatchObject({ status: "active" });

  await runCron(own.facts, EVERY_MINUTE);
  await untilDropped(inbox);
  expect(await resourceRow(own.facts, inbox.created.id)).toMatchObject({ generation: 2, drop_reason: "expired" });
  expectError(await inbox.send("POST", { body: "later" }), "webhook_expired");
  // Its row has lost the token: to a reader it is not there any more.
  expectError(await inbox.read(), "webhook_not_found");
  expect(onDisk(content)).toEqual([]);
});

it("that is dropped twice is dropped once, and the key that made it makes a new one", async () => {
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const first = await createInbox(api, { headers });
  await query(own.facts.platformUrl, "UPDATE resources SET expires_at = now() WHERE id = $1", [first.created.id]);
  await Promise.all([1, 2, 3].map(() => runCron(own.facts, EVERY_MINUTE)));
  await untilDropped(first);
  expectError(await first.send("POST"), "webhook_expired");
  const second = await vi.waitFor(
    async () => {
      const inbox = await createInbox(api, { headers });
      expect(inbox.created.id).not.toBe(first.created.id);
      return inbox;
    },
    { timeout: DROP_MS, interval: 100 },
  );
  await second.post("x");
});
