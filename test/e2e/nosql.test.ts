/** `POST /nosql/new`: a MongoDB database that an ordinary driver uses in the same second, and that nobody else can. */
import { randomBytes } from "node:crypto";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { type Readiness, readinessSchema } from "../../contract/readiness.ts";
import { allowances, createdFields, createdSchema, expectError } from "../support/answers.ts";
import { type Api, apiOf, freshKey } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { registryRow, resourceRow } from "../support/inspect.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { databaseOf, outcomeOf, quick, useDatabase, withMongo } from "../support/mongodb.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { query } from "../support/postgres-client.ts";
import { holderOf, type Item } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runShell } from "../support/shell.ts";
import { runCron, startTestStack, type TestStack } from "../support/stack.ts";

const MIB = 1_048_576;
const SETTLE = { timeout: 20_000, interval: 50 };
/** The readiness matrix is kept for a second, and an upstream gets 3 s to answer. */
const READINESS = { timeout: 25_000, interval: 500 };
const EVERY_MINUTE = "* * * * *";
const { mongodb_storage_mb, mongodb_connections, provisions_per_day } = plans.tiers.anonymous.limits;

const nosqlSchema = z.strictObject({
  ...createdFields,
  connection_url: z.url({ protocol: /^mongodb$/ }),
  internal_url: z.url({ protocol: /^mongodb$/ }),
  limits: z.strictObject({ storage_mb: z.number().int(), connections: z.number().int(), expires_in: z.literal("24h") }),
});

const post = (body: unknown, headers: Record<string, string> = {}) => api.call("POST", "/nosql/new", { body, headers });
const create = (name = "events-store") => api.provision("/nosql/new", nosqlSchema, { name });

/** What the server has of a tenant. */
async function onServer(url: string): Promise<{ users: number; databases: number }> {
  const name = databaseOf(url);
  return withMongo(stack.engineUrls.mongodb ?? "", async (client) => {
    const admin = client.db("admin");
    const { users } = await admin.command({ usersInfo: { user: name, db: name } });
    const { databases } = await admin.command({ listDatabases: 1, nameOnly: true, filter: { name } });
    return { users: users.length, databases: databases.length };
  });
}

describe.skipIf(stack.engineUrls.mongodb === undefined)("POST /nosql/new", () => {
  it("the documentation's curl, pasted into a shell, answers a database that works", async () => {
    const curl = `curl -X POST https://api.instanode.dev/nosql/new \\
-H "Content-Type: application/json" \\
-d '{"name":"events-store"}'`;
    const { stdout, exitCode } = await runShell(curl, { apiUrl: stack.apiUrl });
    expect(exitCode).toBe(0);
    const created = nosqlSchema.parse(JSON.parse(stdout));
    expect(created).toMatchObject({ name: "events-store", tier: "anonymous" });
    // This stack makes nothing in advance: nothing was missing.
    expect(created).not.toHaveProperty("cold");
    expect(created.limits).toEqual({ storage_mb: mongodb_storage_mb, connections: mongodb_connections, expires_in: "24h" });
    expect([await useDatabase(created.connection_url), await useDatabase(created.internal_url)]).toEqual(["ok", "ok"]);
  });

  it("an ordinary application's day: many at once, an index, an aggregation, a cursor of a thousand", async () => {
    const { connection_url: url } = await create();
    // The driver's own settings: its pool keeps to the limit because the URL says so.
    const client = new MongoClient(url);
    try {
      const events = client.db().collection<{ n: number; kind: string }>("events");
      await Promise.all(Array.from({ length: 10 }, (_, part) => events.insertMany(eventsOf(part))));
      expect(await events.createIndex({ n: 1 }, { unique: true })).toBe("n_1");
      expect(await outcomeOf(events.insertOne({ n: 7, kind: "again" }))).toBe("11000");
      expect(await events.find().sort({ n: -1 }).batchSize(100).toArray()).toHaveLength(1_000);
      const grouped = await events.aggregate([{ $group: { _id: "$kind", total: { $sum: "$n" } } }, { $sort: { _id: 1 } }]).toArray();
      expect(grouped).toEqual([
        { _id: "even", total: 249_500 },
        { _id: "odd", total: 250_000 },
      ]);
      expect(await events.deleteMany({ kind: "odd" })).toMatchObject({ deletedCount: 500 });
    } finally {
      await client.close();
    }
  });

  it("a fresh database is empty, and its user can do nothing elsewhere", async () => {
    const [mine, theirs] = [await create(), await create()];
    expect(await useDatabase(theirs.connection_url)).toBe("ok");
    await withMongo(mine.connection_url, async (client) => {
      expect(await client.db().listCollections().toArray()).toEqual([]);
      const neighbour = client.db(databaseOf(theirs.connection_url));
      expect(await outcomeOf(neighbour.collection("proof").findOne({}))).toBe("13");
      expect(await outcomeOf(neighbour.collection("proof").insertOne({}))).toBe("13");
      await client.db().collection("mine").insertOne({});
      const { databases } = await client.db("admin").command({ listDatabases: 1, nameOnly: true });
      expect(databases).toEqual([{ name: databaseOf(mine.connection_url) }]);
    });
    const mixed = new URL(theirs.connection_url);
    mixed.password = new URL(mine.connection_url).password;
    expect(await useDatabase(mixed.href)).toBe("18");
  });

  it(`takes ${mongodb_connections} connections and refuses the next, where the server can count them`, async ({ skip }) => {
    const { connection_url: url } = await create();
    const clients = Array.from({ length: mongodb_connections + 1 }, () => new MongoClient(url, quick()));
    try {
      const outcomes: string[] = [];
      for (const client of clients) outcomes.push(await outcomeOf(client.db().command({ dbStats: 1 })));
      const [last, ...before] = outcomes.reverse();
      expect(before).toEqual(before.map(() => "ok"));
      skip(last === "ok", "a real MongoDB has no limit a user: docs/limits.md");
      expect(last).toBe("8000");
      await clients[0]?.close();
      await vi.waitFor(async () => expect(await useDatabase(url)).toBe("ok"), SETTLE);
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
  });

  it("has the rules of every create", async () => {
    await expectNothingMade(stack, async () => {
      expectError(await post({}), "name_required");
      expectError(await post({ name: "?" }), "invalid_name");
      expectError(await post({ name: "x", env: "NO" }), "invalid_env");
      expectError(await post("[]", { "Content-Type": "application/json" }), "invalid_body");
      expectError(await post({ name: "x" }, { "Idempotency-Key": "short" }), "invalid_idempotency_key");
      expectError(await post({ name: "x" }, { Authorization: "Bearer x" }), "unauthorized");
    });
    const answer = await post({ name: "x", colour: "red", dimensions: 3 });
    expect(nosqlSchema.parse(answer.body).ignored_fields).toEqual(["colour", "dimensions"]);
  });

  it("shares the day's budget with the other kinds, and not their idempotency keys", async () => {
    const headers = { "Idempotency-Key": freshKey() };
    const database = await api.post({ name: "one" }, { headers });
    const nosql = await post({ name: "one" }, headers);
    expect([database.status, nosql.status]).toEqual([201, 201]);
    expect(nosqlSchema.parse(nosql.body).id).not.toBe(createdSchema.parse(database.body).id);
    expect(allowances(nosql).provisions?.remaining).toBe(provisions_per_day - 2);
    const replay = await post({ name: "one" }, headers);
    expect([replay.text, replay.headers.get("x-idempotent-replay")]).toEqual([nosql.text, "true"]);
    expectError(await post({ name: "other" }, headers), "idempotency_key_conflict");
  });

  it("is told from the other kinds in the preview of a claim", async () => {
    const { upgrade_jwt } = await create();
    const preview = await api.call("GET", `/claim/preview?t=${upgrade_jwt}`);
    expect(preview.body).toMatchObject({ items: [{ subject: true, resource_type: "mongodb" }] });
  });

  it("goes away whole when its time is over, though its owner is connected", async () => {
    const { id, connection_url: url } = await create();
    await withMongo(url, async (client) => {
      await client.db().collection("kept").insertOne({});
      expect(await onServer(url)).toEqual({ users: 1, databases: 1 });
      await query(stack.platformUrl, "UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [id]);
      await runCron(stack, EVERY_MINUTE);
      await vi.waitFor(async () => expect(await resourceRow(stack, id)).toMatchObject({ status: "dropped" }), SETTLE);
      expect(await outcomeOf(client.db().collection("kept").insertOne({}))).not.toBe("ok");
    });
    expect(await onServer(url)).toEqual({ users: 0, databases: 0 });
    expect(await registryRow(stack, id)).toMatchObject({ state: "dropped" });
    expect(await useDatabase(url)).toBe("18");
  });
});

function eventsOf(part: number): { n: number; kind: string }[] {
  return Array.from({ length: 100 }, (_, index) => ({ n: part * 100 + index, kind: index % 2 === 0 ? "even" : "odd" }));
}

/** A stack of its own, and its API. */
async function withStack(options: Parameters<typeof startTestStack>[0], work: (own: TestStack, api: Api) => Promise<void>): Promise<void> {
  const own = await startTestStack(options);
  try {
    await work(own, apiOf(own.facts));
    await expectNoLeaks(own.facts);
  } finally {
    await own.dispose();
  }
}

async function readiness(of: Api, settled: (matrix: Readiness) => boolean): Promise<Readiness> {
  return vi.waitFor(async () => {
    const matrix = readinessSchema.parse((await of.call("GET", "/readyz")).body);
    expect(settled(matrix), JSON.stringify(matrix)).toBe(true);
    return matrix;
  }, READINESS);
}

describe("without MongoDB", () => {
  it("/nosql/new is 503 service_disabled, readyz degrades, and everything else works", async () => {
    await withStack({ engines: ["postgres"] }, async (_own, of) => {
      const matrix = await readiness(of, ({ overall }) => overall === "degraded");
      expect([matrix.ok, matrix.checks.mongodb?.status, matrix.checks.customer_db?.status]).toEqual([true, "degraded", "ok"]);
      expectError(await of.call("POST", "/nosql/new", { body: { name: "x" } }), "service_disabled");
      expect((await of.post({ name: "x" })).status).toBe(201);
    });
  });

  it("because the one that was named does not answer, a stack starts all the same and leaves it out", async () => {
    const external = { mongodb: "mongodb://root:nobody-is-there@127.0.0.1:1/?authSource=admin" };
    await withStack({ engines: ["postgres", "mongodb"], external }, async (own, of) => {
      expect(own.facts.engineUrls.mongodb).toBeUndefined();
      expectError(await of.call("POST", "/nosql/new", { body: { name: "x" } }), "service_disabled");
    });
  });
});

describe.skipIf(stack.engineUrls.mongodb === undefined || process.env.INSTANODE_MONGODB_URL !== undefined)("a MongoDB of one's own", () => {
  let own: TestStack;
  let of: Api;
  beforeAll(async () => {
    own = await startTestStack({ engines: ["postgres", "mongodb"], bridgeEnv: { BRIDGE_METERING_SECONDS: "1" } });
    of = apiOf(own.facts);
  });
  afterAll(async () => {
    if (own === undefined) return;
    await expectNoLeaks(own.facts).finally(() => own.dispose());
  });

  it(`over ${mongodb_storage_mb} MiB bars the next one; far over it reads and deletes only; what was deleted lifts both`, async () => {
    const caller = freshCaller();
    const created = await of.provision("/nosql/new", nosqlSchema, { caller });
    const holder = holderOf(of, created);
    const isShown = (expected: Partial<Item>) => vi.waitFor(async () => expect(await holder.item()).toMatchObject(expected), SETTLE);
    const again = () => of.call("POST", "/nosql/new", { body: { name: "x" }, caller });
    await withMongo(created.connection_url, async (client) => {
      const filling = client.db().collection("filling");
      // The stand-in stores, and counts, what can be compressed in less.
      const fill = (mib: number) => filling.insertMany(Array.from({ length: mib }, () => ({ bytes: randomBytes(MIB) })));
      await fill(mongodb_storage_mb - 1);
      await isShown({ storage_exceeded: false, access: "full", storage_limit_bytes: mongodb_storage_mb * MIB });
      await vi.waitFor(async () => expect((await holder.item()).storage_bytes).toBeGreaterThan((mongodb_storage_mb - 1.5) * MIB), SETTLE);
      expect((await again()).status).toBe(201);
      await fill(2);
      await isShown({ storage_exceeded: true, access: "full" });
      expectError(await again(), "quota_exceeded");
      expect((await of.post({ name: "x" }, { caller })).status).toBe(201);

      await fill(2 * mongodb_storage_mb);
      await isShown({ access: "read_only" });
      await vi.waitFor(async () => expect(await outcomeOf(filling.insertOne({}))).toBe("13"), SETTLE);
      // What runs while the rights change is ended (code 50).
      await vi.waitFor(async () => expect(await outcomeOf(filling.findOne({}))).toBe("ok"), SETTLE);
      expect(await outcomeOf(filling.deleteMany({}))).toBe("ok");
      await isShown({ storage_exceeded: false, access: "full" });
      await vi.waitFor(async () => expect(await outcomeOf(filling.insertOne({}))).toBe("ok"), SETTLE);
    });
  });

  it.each(["stopped", "killed"] as const)(
    "that is down (%s) takes its own kind down and no other, and is used again when it is back",
    async (how) => {
      const caller = freshCaller();
      const before = await of.provision("/nosql/new", nosqlSchema, { caller: freshCaller() });
      if (how === "killed") own.service("mongodb").kill("SIGKILL");
      await own.service("mongodb").stop();
      // What the two remember of the readiness of a moment ago would only be waited for.
      for (const forgetful of ["bridge", "worker"] as const) await own.service(forgetful).restart();

      const refused = await of.call("POST", "/nosql/new", { body: { name: "x" }, caller });
      expectError(refused, "provision_failed");
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await of.post({ name: "x" }, { caller: freshCaller() })).status).toBe(201);
      const matrix = await readiness(of, ({ checks }) => checks.mongodb?.status === "down");
      expect([matrix.ok, matrix.overall, matrix.checks.customer_db?.status]).toEqual([true, "degraded", "ok"]);

      await own.service("mongodb").start();
      await own.service("mongodb").ready();
      const after = await vi.waitFor(() => of.provision("/nosql/new", nosqlSchema, { caller }), { timeout: 10_000, interval: 500 });
      expect([await useDatabase(before.connection_url), await useDatabase(after.connection_url)]).toEqual(["ok", "ok"]);
      // The refusal took no slot of the day.
      const next = await of.call("POST", "/nosql/new", { body: { name: "x" }, caller });
      expect(allowances(next).provisions?.remaining).toBe(provisions_per_day - 2);
    },
  );
});
