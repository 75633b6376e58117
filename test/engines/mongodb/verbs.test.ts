/** What the verbs of this engine do beyond what every engine promises. */
import { randomUUID } from "node:crypto";
import { type Collection, type Document, MongoClient } from "mongodb";
import { afterEach, expect, test, vi } from "vitest";
import { grantOf } from "../../support/bridge.ts";
import { databaseOf, outcomeOf, quick, useDatabase, withMongo } from "../../support/mongodb.ts";
import { expectCleanSlate, type Made, makeTenant, useEngine } from "../suite/subject.ts";
import { describeMongodb, LIMITS, mongodbSubject } from "./fixture.ts";

/** Figures of a collection may lag behind it for a second. */
const SETTLE = { timeout: 5_000, interval: 100 };
const UNAUTHORIZED = "13";
const AUTHENTICATION_FAILED = "18";
const TOO_MANY = "8000";

describeMongodb("the verbs of MongoDB", () => {
  const bench = useEngine(mongodbSubject());
  const { createJob, dropJob, limitJob, rotateJob, grantJob } = bench.jobs;
  const admin = (command: Document, database?: string) => bench.server.mongodb.command(command, database);

  afterEach(async () => {
    const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
    for (const { resource_id } of rows) await bench.t.run(dropJob(resource_id, 99));
    await expectCleanSlate(bench);
  });

  /** The tenant's own connection for the time of `work`, which the verbs happen beside. */
  const connected = ({ grant, name }: Made, work: (items: Collection<Document>) => Promise<void>) =>
    withMongo(grant.connection_url, async (client) => work(client.db(name).collection("items")));

  test("create gives readWrite on one database, SCRAM-SHA-256 only, and a mark that names no resource", async () => {
    const made = await makeTenant(bench);
    const { users } = await admin({ usersInfo: { user: made.name, db: made.name } });
    const { customData, mechanisms, roles } = users[0];
    expect({ mechanisms, roles }).toEqual({ mechanisms: ["SCRAM-SHA-256"], roles: [{ role: "readWrite", db: made.name }] });
    expect(customData).toEqual({ owner: "instanode", registry: expect.any(String), connections: LIMITS.connections });
    expect(JSON.stringify(users)).not.toContain(made.id);
    const url = new URL(made.grant.connection_url);
    expect([url.protocol, url.username, url.pathname, Object.fromEntries(url.searchParams)]).toEqual([
      "mongodb:",
      made.name,
      `/${made.name}`,
      { authSource: made.name, maxPoolSize: "2" },
    ]);
    await connected(made, async (items) => expect(await items.db.listCollections().toArray()).toEqual([]));
  });

  test.each([
    ["another password", { pwd: "somebody-elses" }],
    ["no rights", { roles: [] }],
  ])("a create whose credentials do not work (%s) is refused, and made whole by its retry", async (_what, flaw) => {
    const id = randomUUID();
    bench.meddleAt("bridge.create.after_user", async () => {
      const { rows } = await bench.t.registry.query<{ name: string }>("SELECT name FROM tenants WHERE resource_id = $1", [id]);
      await admin({ updateUser: rows[0]?.name, ...flaw }, rows[0]?.name);
    });
    expect((await bench.t.run(createJob(id, 1, LIMITS))).body.error).toBe("engine_unavailable");
    expect(await useDatabase(grantOf(await bench.t.run(createJob(id, 1, LIMITS))).connection_url)).toBe("ok");
  });

  test("rotate ends what was opened with the old password, open connections too, and keeps the access", async () => {
    const made = await makeTenant(bench);
    await connected(made, async (items) => {
      await items.insertOne({ kept: true });
      await bench.t.run(limitJob(made.id, 2, LIMITS, "read_only"));
      expect(await outcomeOf(items.findOne({}))).toBe("ok");
      const { connection_url: fresh } = grantOf(await bench.t.run(rotateJob(made.id, 3, 1)));
      expect(await outcomeOf(items.findOne({}))).toBe(UNAUTHORIZED);
      expect(await useDatabase(made.grant.connection_url)).toBe(AUTHENTICATION_FAILED);
      await withMongo(fresh, async (client) => {
        expect(await client.db(made.name).collection("items").countDocuments({ kept: true })).toBe(1);
        expect(await outcomeOf(client.db(made.name).collection("items").insertOne({}))).toBe(UNAUTHORIZED);
      });
    });
  });

  test("read_only reads and deletes, and neither writes nor makes anything; the way back is open, at once", async () => {
    const made = await makeTenant(bench);
    await connected(made, async (items) => {
      await items.insertMany([{ n: 1 }, { n: 2 }, { n: 3 }]);
      await items.createIndex({ n: 1 });
      await bench.t.run(limitJob(made.id, 2, LIMITS, "read_only"));
      const attempts = {
        find: items.find().toArray(),
        listIndexes: items.indexes(),
        insert: items.insertOne({ n: 4 }),
        update: items.updateOne({ n: 1 }, { $set: { n: 9 } }),
        upsert: items.updateOne({ n: 7 }, { $set: { n: 7 } }, { upsert: true }),
        replace: items.findOneAndReplace({ n: 1 }, { n: 9 }),
        createIndex: items.createIndex({ m: 1 }),
        create: items.db.createCollection("more"),
        out: items.aggregate([{ $match: {} }, { $out: "more" }]).toArray(),
        merge: items.aggregate([{ $merge: { into: "more" } }]).toArray(),
        deleteOne: items.deleteOne({ n: 1 }),
        findOneAndDelete: items.findOneAndDelete({ n: 2 }),
        dropIndex: items.dropIndex("n_1"),
      };
      const outcomes: Record<string, string> = {};
      for (const [name, attempt] of Object.entries(attempts)) outcomes[name] = await outcomeOf(attempt);
      expect(outcomes).toEqual({
        find: "ok",
        listIndexes: "ok",
        insert: UNAUTHORIZED,
        update: UNAUTHORIZED,
        upsert: UNAUTHORIZED,
        replace: UNAUTHORIZED,
        createIndex: UNAUTHORIZED,
        create: UNAUTHORIZED,
        out: UNAUTHORIZED,
        merge: UNAUTHORIZED,
        deleteOne: "ok",
        findOneAndDelete: "ok",
        dropIndex: "ok",
      });
      expect(await outcomeOf(items.drop())).toBe("ok");
      await bench.t.run(limitJob(made.id, 3, LIMITS, "full"));
      expect(await outcomeOf(items.insertOne({ n: 5 }))).toBe("ok");
    });
  });

  test("access none shuts out whoever is in, and whoever comes", async () => {
    const made = await makeTenant(bench);
    await connected(made, async (items) => {
      await items.insertOne({ n: 1 });
      await bench.t.run(limitJob(made.id, 2, LIMITS, "none"));
      expect(await outcomeOf(items.findOne({}))).toBe(UNAUTHORIZED);
      expect(await useDatabase(made.grant.connection_url)).toBe(AUTHENTICATION_FAILED);
      // A rotation of a tenant that is shut out lets nobody in either.
      const { connection_url: fresh } = grantOf(await bench.t.run(rotateJob(made.id, 3, 1)));
      expect(await useDatabase(fresh)).toBe(AUTHENTICATION_FAILED);
      await bench.t.run(limitJob(made.id, 4, LIMITS, "full"));
      expect(await useDatabase(fresh)).toBe("ok");
    });
  });

  test("connections: the URL keeps a driver within them; where the server counts, n are let in and n + 1 is not, live", async ({
    skip,
  }) => {
    const made = await makeTenant(bench);
    const open: MongoClient[] = [];
    const more = async () => {
      const client = new MongoClient(made.grant.connection_url, quick());
      open.push(client);
      return outcomeOf(client.db(made.name).command({ dbStats: 1 }));
    };
    try {
      expect([await more(), await more()]).toEqual(["ok", "ok"]);
      await bench.t.run(limitJob(made.id, 2, { connections: 3, storage_mb: 5 }));
      expect(new URL(grantOf(await bench.t.run(grantJob(made.id))).connection_url).searchParams.get("maxPoolSize")).toBe("3");
      expect(await more()).toBe("ok");
      skip(bench.server.mongodb.kind === "mongod", "MongoDB has no limit a user: docs/limits.md");
      expect(await more()).toBe(TOO_MANY);
      await bench.t.run(limitJob(made.id, 3, { connections: -1, storage_mb: 5 }));
      expect([await more(), await more()]).toEqual(["ok", "ok"]);
      expect(new URL(grantOf(await bench.t.run(grantJob(made.id))).connection_url).searchParams.has("maxPoolSize")).toBe(false);
    } finally {
      await Promise.all(open.map((client) => client.close()));
    }
  });

  test("measure: an empty tenant has nothing, a full one what its documents and indexes take, and less when it deletes", async () => {
    const [empty, filled] = [await makeTenant(bench), await makeTenant(bench)];
    const measure = () => bench.t.measure("mongodb", [empty.id, filled.id]);
    await connected(filled, async (items) => {
      await items.insertMany(Array.from({ length: 2_000 }, (_, n) => ({ n, text: "x".repeat(1_000) })));
      await vi.waitFor(async () => expect((await measure()).get(filled.id)).toBeGreaterThan(2_000_000), SETTLE);
      expect((await measure()).get(empty.id)).toBe(0);
      await items.deleteMany({});
      await vi.waitFor(async () => expect((await measure()).get(filled.id)).toBeLessThan(500_000), SETTLE);
    });
  });

  test("drop leaves nothing, however busily its tenant writes meanwhile", async () => {
    const made = await makeTenant(bench, { connections: 10, storage_mb: 5 });
    const busy = new MongoClient(made.grant.connection_url, quick({ maxPoolSize: 8 }));
    let dropping = true;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      while (dropping) await outcomeOf(busy.db(made.name).collection(`c${writer}`).insertOne({}));
    });
    try {
      await vi.waitFor(async () => expect(await busy.db(made.name).collection("c0").countDocuments()).toBeGreaterThan(10), SETTLE);
      expect((await bench.t.run(dropJob(made.id))).body).toEqual({ ok: true, state: "gone" });
      const { databases } = await admin({ listDatabases: 1, nameOnly: true, filter: { name: made.name } });
      expect(databases).toEqual([]);
    } finally {
      dropping = false;
      await Promise.all(writers);
      await busy.close();
    }
  });

  test("a database that a last write brought back while it was dropped goes, too", async () => {
    const made = await makeTenant(bench);
    bench.meddleAt("bridge.drop.after_database", () => admin({ insert: "late", documents: [{ late: true }] }, made.name));
    expect((await bench.t.run(dropJob(made.id))).body).toEqual({ ok: true, state: "gone" });
    expect((await admin({ listDatabases: 1, nameOnly: true, filter: { name: made.name } })).databases).toEqual([]);
  });

  test("a user with our mark that the registry does not know is quarantined, never dropped; others' users are none of ours", async () => {
    const made = await makeTenant(bench);
    const { users } = await admin({ usersInfo: { user: made.name, db: made.name } });
    const [marked, foreign] = ["t_marked", "somebody"];
    await admin({ createUser: marked, pwd: "secret", roles: [], customData: users[0].customData }, marked);
    await admin({ createUser: foreign, pwd: "secret", roles: [] }, foreign);
    try {
      const { findings } = await bench.t.bridge.reconcileOnce();
      expect(findings).toEqual({ undropped: [], strangers: [marked], missing: [], stale: [] });
      expect((await admin({ usersInfo: { user: marked, db: marked } })).users).toHaveLength(1);
    } finally {
      for (const name of [marked, foreign]) await admin({ dropAllUsersFromDatabase: 1 }, name);
    }
  });

  test("a tenant whose user somebody took away is reported as missing", async () => {
    const made = await makeTenant(bench);
    await admin({ dropUser: made.name }, made.name);
    bench.t.clock.advance(3 * 60_000);
    expect((await bench.t.bridge.reconcileOnce()).findings.missing).toEqual([made.name]);
    expect((await bench.t.run(limitJob(made.id, 2, LIMITS))).body.error).toBe("unknown_tenant");
    expect(databaseOf(made.grant.connection_url)).toBe(made.name);
  });
});
