/** MongoDB's ready-made tenants keep what every engine's do: a user with its derived password, whose database is empty. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { tenantLimits } from "../../../contract/limits.ts";
import { grantOf } from "../../support/bridge.ts";
import { databaseOf, withMongo } from "../../support/mongodb.ts";
import { describePool, usePool } from "../suite/pool.ts";
import { describeMongodb, mongodbSubject } from "./fixture.ts";

const anonymous = tenantLimits("mongodb", "anonymous");

describeMongodb("MongoDB's pool", () => {
  const bench = usePool(mongodbSubject());
  describePool(bench, {
    anonymous,
    spoil: async ({ mongodb }, name) => void (await mongodb.command({ updateUser: name, pwd: "not-what-the-bridge-derives" }, name)),
  });

  test("whoever is handed one finds its database empty", async () => {
    const { connection_url } = grantOf(await bench.t.run(bench.jobs.createJob(randomUUID(), 1, anonymous)));
    const collections = await withMongo(connection_url, (client) => client.db(databaseOf(connection_url)).listCollections().toArray());
    expect(collections).toEqual([]);
  });
});
