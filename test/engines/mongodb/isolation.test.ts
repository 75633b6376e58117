/** Nobody sees a neighbour (PRODUCT promise 3, "What isolation must hold", row MongoDB). */
import { type Document, MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { outcomeOf, quick, useDatabase, withMongo } from "../../support/mongodb.ts";
import { expectCleanSlate, type Made, makeTenant, useEngine } from "../suite/subject.ts";
import { FORBIDDEN, HARMLESS, type Names, REFUSED, type Where } from "./attempts.ts";
import { describeMongodb, mongodbSubject } from "./fixture.ts";

const MANY = { connections: 10, storage_mb: 5 };
const SECRET = { secret: "the neighbour's" };
/** They end the connection, or change who asks; each has a test of its own. */
const NOT_ENUMERATED = ["saslStart", "saslContinue", "authenticate"];

describeMongodb("isolation", () => {
  const bench = useEngine(mongodbSubject());
  let own: Made;
  let neighbour: Made;
  let client: MongoClient;

  beforeAll(async () => {
    [own, neighbour] = await Promise.all([makeTenant(bench, MANY), makeTenant(bench, MANY)]);
    await withMongo(neighbour.grant.connection_url, (other) =>
      other
        .db(neighbour.name)
        .collection("items")
        .insertOne({ ...SECRET }),
    );
    client = new MongoClient(own.grant.connection_url, quick());
    await client.db(own.name).collection("items").insertOne({ mine: true });
  });
  afterAll(async () => {
    await client.close();
    for (const { id } of [own, neighbour]) await bench.t.run(bench.jobs.dropJob(id));
    await expectCleanSlate(bench);
  });

  const names = (): Names => ({ own: own.name, neighbour: neighbour.name });
  const databaseAt = (where: Where): string => (where === "own" || where === "neighbour" ? names()[where] : where);
  /** What the neighbour has: exactly what it put there. */
  const neighboursContent = () =>
    withMongo(neighbour.grant.connection_url, async (other) => {
      const database = other.db(neighbour.name);
      const collections = (await database.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
      return {
        collections,
        items: await database
          .collection("items")
          .find({}, { projection: { _id: 0 } })
          .toArray(),
      };
    });

  describe("a tenant is refused", () => {
    test.each(FORBIDDEN)("$what", async ({ where, command }) => {
      const outcome = await outcomeOf(client.db(databaseAt(where)).command(command(names())));
      expect(REFUSED).toContain(outcome);
      expect(await neighboursContent()).toEqual({ collections: ["items"], items: [SECRET] });
      expect(await outcomeOf(client.db(own.name).collection("items").findOne({}))).toBe("ok");
    });

    test("$lookup and $unionWith from the neighbour's database: refused, or nothing is found", async () => {
      const from = { db: neighbour.name, coll: "items" };
      for (const stage of [{ $lookup: { from, pipeline: [], as: "found" } }, { $unionWith: from }]) {
        const answer = client.db(own.name).collection("items").aggregate([stage]).toArray();
        expect(await outcomeOf(answer)).not.toBe("ok");
      }
    });

    test("with the neighbour's name, every password but his", async () => {
      for (const password of [new URL(own.grant.connection_url).password, neighbour.name, "x"]) {
        const guess = new URL(neighbour.grant.connection_url);
        guess.password = password;
        expect(await useDatabase(guess.href)).toBe("18");
      }
    });

    test("as himself at another authentication database, and without a password at all", async () => {
      for (const authSource of [neighbour.name, "admin", "$external"]) {
        const guess = new URL(own.grant.connection_url);
        guess.searchParams.set("authSource", authSource);
        expect(await useDatabase(guess.href)).not.toBe("ok");
      }
      const { host } = new URL(own.grant.connection_url);
      expect(await useDatabase(`mongodb://${host}/${own.name}?directConnection=true`)).toBe("13");
    });
  });

  test("of everything a driver can ask, only what is on the list answers", async () => {
    const answers = z.object({ commands: z.record(z.string(), z.unknown()) });
    const { commands } = answers.parse(await client.db("admin").command({ listCommands: 1 }));
    const asked = Object.keys(commands).filter((name) => !NOT_ENUMERATED.includes(name));
    expect(asked.length).toBeGreaterThan(30);
    const answered = new Set<string>();
    for (const name of asked) {
      for (const [database, value] of [
        [neighbour.name, "items"],
        [neighbour.name, 1],
        ["admin", 1],
      ] as const) {
        // A connection of its own: one of them logs out.
        const outcome = await withMongo(own.grant.connection_url, (one) => outcomeOf(one.db(database).command({ [name]: value })));
        if (outcome === "ok") answered.add(name);
      }
    }
    const { kind } = bench.server.mongodb;
    if (kind === "stand-in") expect([...answered].sort()).toEqual(HARMLESS[kind]);
    else expect([...answered].filter((name) => !HARMLESS[kind].includes(name))).toEqual([]);
    expect(await neighboursContent()).toEqual({ collections: ["items"], items: [SECRET] });
  });

  test("of all databases and users it sees its own, and of operations its own", async () => {
    const admin = (command: Document) => client.db("admin").command(command);
    for (const filter of [undefined, { name: neighbour.name }, { name: { $in: [neighbour.name, own.name, "admin"] } }]) {
      const { databases } = await admin({ listDatabases: 1, nameOnly: true, ...(filter === undefined ? {} : { filter }) });
      expect(databases).toEqual(filter?.name === neighbour.name ? [] : [{ name: own.name }]);
    }
    expect(JSON.stringify(await admin({ listDatabases: 1 }))).not.toContain(neighbour.name);
    const { users } = await client.db(own.name).command({ usersInfo: own.name });
    expect(users).toMatchObject([{ user: own.name, db: own.name }]);
    expect(JSON.stringify(users)).not.toContain(own.id);
    expect(JSON.stringify(await admin({ currentOp: 1, $ownOps: true }))).not.toContain(neighbour.name);
    expect((await admin({ connectionStatus: 1 })).authInfo.authenticatedUsers).toEqual([{ user: own.name, db: own.name }]);
  });

  test("its cursor is no use to the neighbour", async () => {
    const items = client.db(own.name).collection("many");
    await items.insertMany(Array.from({ length: 500 }, (_, n) => ({ n })));
    const cursor = items.find().batchSize(10);
    await cursor.next();
    const id = cursor.id;
    expect(id).toBeDefined();
    await withMongo(neighbour.grant.connection_url, async (other) => {
      for (const database of [own.name, neighbour.name]) {
        expect(await outcomeOf(other.db(database).command({ getMore: id, collection: "many" }))).toMatch(/^(13|43)$/);
        await outcomeOf(other.db(database).command({ killCursors: "many", cursors: [id] }));
      }
    });
    expect(await cursor.toArray()).toHaveLength(499);
  });

  test("an application's ordinary work is allowed", async () => {
    const database = client.db(own.name);
    const work: Record<string, Promise<unknown>> = {
      createCollection: database.createCollection("notes"),
      insertMany: database.collection("notes").insertMany([{ n: 1 }, { n: 2 }]),
      createIndex: database.collection("notes").createIndex({ n: 1 }),
      indexes: database.collection("notes").indexes(),
      updateMany: database.collection("notes").updateMany({}, { $inc: { n: 1 } }),
      aggregateOut: database
        .collection("notes")
        .aggregate([{ $match: {} }, { $out: "copies" }])
        .toArray(),
      lookup: database
        .collection("notes")
        .aggregate([{ $lookup: { from: "copies", localField: "n", foreignField: "n", as: "c" } }])
        .toArray(),
      rename: database.collection("copies").rename("kept"),
      stats: database.command({ dbStats: 1 }),
      listCollections: database.listCollections().toArray(),
      distinct: database.collection("notes").distinct("n"),
      dropIndex: database.collection("notes").dropIndex("n_1"),
      drop: database.collection("kept").drop(),
    };
    for (const [name, doing] of Object.entries(work)) expect([name, await outcomeOf(doing)]).toEqual([name, "ok"]);
  });
});
