import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createJob, dropJob, grantOf, startTestBridge, type TestBridge } from "../../support/bridge.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";

let postgres: TestPostgres;
let t: TestBridge;
beforeAll(async () => {
  postgres = await startTestPostgres();
  t = await startTestBridge({ postgres });
});
afterAll(async () => {
  await t?.close();
  await postgres?.dispose();
});

test("create connects, drop removes", async () => {
  const id = randomUUID();
  const made = await t.run(createJob(id));
  expect(made.status, made.text + t.logs.join("")).toBe(201 - 1);
  const client = new pg.Client({ connectionString: grantOf(made).connection_url });
  await client.connect();
  await client.query("create table a(i int)");
  await client.end();
  const gone = await t.run(dropJob(id));
  expect(gone.body, t.logs.join("")).toEqual({ ok: true, state: "gone" });
});
