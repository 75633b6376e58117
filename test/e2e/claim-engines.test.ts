/** After a claim everything that ran goes on: the old credentials open it, what is connected stays so, and the tier's limits are there. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { MongoClient } from "mongodb";
import { expect, it } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { claimIt } from "../support/accounts.ts";
import { createdFields } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { createInbox } from "../support/inbox.ts";
import { outcomeOf as mongoOutcomeOf, quick, useDatabase } from "../support/mongodb.ts";
import { openQueue, outcomeOf, queueSchema, useQueue, workOnce } from "../support/nats-client.ts";
import { connectionsOf, query, withClient } from "../support/postgres-client.ts";
import { canUse, prefixOf, withRedis } from "../support/redis.ts";
import { api, stack } from "../support/shared-stack.ts";
import { clientOf, keyedSchema } from "../support/storage.ts";

const SETTLED = { timeout: 20_000, interval: 50 };
const TOO_MANY = "8000";
const { anonymous, hobby } = plans.tiers;
const urlSchema = z.looseObject({ ...createdFields, connection_url: z.url() });

/** Claims it, and waits until its engine has heard. */
async function claimWhole(created: { id: string; upgrade_jwt: string }, caller: string): Promise<void> {
  await claimIt(api, created, { caller });
  const open = async () => (await query(stack.platformUrl, "SELECT limit_generation FROM resources WHERE id = $1", [created.id]))[0];
  await expect.poll(open, SETTLED).toEqual({ limit_generation: null });
}

it.each([
  ["/db/new", "postgres_connections"],
  ["/vector/new", "vector_connections"],
] as const)("%s: exactly the tier's connections, with the URL of the create", async (path, limit) => {
  const caller = freshCaller();
  const { connection_url: url, ...created } = await api.provision(path, urlSchema, { caller });
  // The server may still be ending the session with which the create proved the credentials.
  await expect.poll(() => connectionsOf(url, anonymous.limits[limit] + 1), SETTLED).toBe(anonymous.limits[limit]);
  await withClient(url, async (client) => {
    await client.query("CREATE TABLE kept AS SELECT 1 AS one");
    await claimWhole(created, caller);
    expect((await client.query("SELECT one FROM kept")).rows).toEqual([{ one: 1 }]);
  });
  await expect.poll(() => connectionsOf(url, hobby.limits[limit] + 1), SETTLED).toBe(hobby.limits[limit]);
});

it("/queue/new: exactly the tier's connections and streams, with the credentials of the create, and nobody is cut off", async () => {
  const caller = freshCaller();
  const created = await api.provision("/queue/new", z.looseObject({ ...createdFields, ...queueSchema.shape }), { caller });
  const open = [await openQueue(created)];
  await workOnce(created.subject_prefix)(open[0] ?? (await openQueue(created)));
  await claimWhole(created, caller);
  try {
    await open[0]?.flush();
    while (open.length < hobby.limits.queue_connections) open.push(await openQueue(created));
    expect(await outcomeOf(openQueue(created))).not.toBe("ok");
    expect(open.map((connection) => connection.isClosed())).toEqual(open.map(() => false));
  } finally {
    await Promise.all(open.map((connection) => connection.close()));
  }
  await expect.poll(() => useQueue(created), SETTLED).toBe("ok");
});

it("/cache/new: the same user, password and keys, in a connection that stays open", async () => {
  const caller = freshCaller();
  const created = await api.provision("/cache/new", urlSchema, { caller });
  const key = `${prefixOf(created.connection_url)}kept`;
  await withRedis(created.connection_url, async (client) => {
    await client.sendCommand(["SET", key, "1"]);
    await claimWhole(created, caller);
    expect(await client.sendCommand(["GET", key])).toBe("1");
    expect(await client.sendCommand(["SET", key, "2"])).toBe("OK");
  });
  expect(await canUse(created.connection_url)).toBe("ok");
});

it.skipIf(stack.engineUrls.mongodb === undefined)("/nosql/new: the tier's connections, where the server can count them", async () => {
  const caller = freshCaller();
  const { connection_url: url, ...created } = await api.provision("/nosql/new", urlSchema, { caller });
  const open = (count: number) => Array.from({ length: count }, () => new MongoClient(url, quick()));
  const [first] = open(1);
  await first?.db().collection("kept").insertOne({ one: 1 });
  await claimWhole(created, caller);
  expect(await first?.db().collection("kept").countDocuments()).toBe(1);
  await first?.close();
  const clients = open(hobby.limits.mongodb_connections + 1);
  try {
    const outcomes: string[] = [];
    for (const client of clients) outcomes.push(await mongoOutcomeOf(client.db().command({ dbStats: 1 })));
    const [last, ...before] = outcomes.reverse();
    expect(before).toEqual(before.map(() => "ok"));
    // A real MongoDB has no limit a user: docs/limits.md.
    expect(["ok", TOO_MANY]).toContain(last);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
  await expect.poll(() => useDatabase(url), SETTLED).toBe("ok");
});

it("/storage/new: the keys of the create go on writing below its prefix", async () => {
  const caller = freshCaller();
  const created = await api.provision("/storage/new", keyedSchema, { caller });
  const client = clientOf(created);
  const put = (name: string) => client.send(new PutObjectCommand({ Bucket: created.bucket, Key: `${created.prefix}/${name}`, Body: "x" }));
  await put("before");
  await claimWhole(created, caller);
  expect((await put("after")).$metadata.httpStatusCode).toBe(200);
  client.destroy();
});

it("/webhook/new: the same receive_url, with room for more than an anonymous inbox keeps", async () => {
  const caller = freshCaller();
  const inbox = await createInbox(api, { caller });
  await inbox.post("before");
  await claimWhole(inbox.created, caller);
  const { webhook_requests_stored } = anonymous.limits;
  await Promise.all(Array.from({ length: webhook_requests_stored }, () => inbox.post("after")));
  const [row] = await query(stack.platformUrl, "SELECT tier, expires_at FROM resources WHERE id = $1", [inbox.created.id]);
  expect(row).toEqual({ tier: "hobby", expires_at: null });
  const last = await inbox.send("POST", { body: "one more" });
  expect([last.status, last.headers.get("x-webhook-rotated")]).toEqual([200, null]);
});
