/** What a cut does to a tenant of PostgreSQL, what it leaves open as the way back, and that both can be done again over half-done work. */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { Access } from "../../../contract/jobs.ts";
import { createJob, dropJob, grantOf, LIMITS, limitJob, rotateJob } from "../../support/bridge.ts";
import { canConnect, connected, makeTenant, outcomeOf, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
const made: string[] = [];
const READ_ONLY_TRANSACTION = "25006";
const INVALID_AUTHORIZATION = "28000";
const DONE = { ok: true, state: "active" };

afterEach(async () => {
  for (const id of made.splice(0)) await fixture.t.run(dropJob(id, 99));
  await verifyCleanSlate(fixture);
});

async function tenantWithRows() {
  const one = await makeTenant(fixture);
  made.push(one.id);
  await run(one.url, "CREATE TABLE kept AS SELECT generate_series(1, 100) AS i");
  return one;
}

const run = (url: string, ...texts: string[]) =>
  connected(url, async (client) => {
    for (const text of texts) await client.query(text);
  });
const tried = (url: string, ...texts: string[]) => outcomeOf(run(url, ...texts));
const cut = (id: string, generation: number, access: Access) => fixture.t.run(limitJob(id, generation, LIMITS, access));

describe("read_only", () => {
  test("refuses writes and lets reads go on, in sessions old and new, however often it is set", async () => {
    const { id, url } = await tenantWithRows();
    await connected(url, async (old) => {
      for (const _ of ["first", "again"]) expect((await cut(id, 2, "read_only")).body).toEqual(DONE);
      expect(await outcomeOf(old.query("INSERT INTO kept VALUES (0)"))).not.toBe("ok");
    });
    expect(await tried(url, "SELECT count(*) FROM kept")).toBe("ok");
    for (const text of ["INSERT INTO kept VALUES (0)", "CREATE TABLE more (i int)", "DELETE FROM kept"]) {
      expect(await tried(url, text), text).toBe(READ_ONLY_TRANSACTION);
    }
  });

  test.each([
    ["delete and vacuum", ["DELETE FROM kept", "VACUUM kept"]],
    ["delete and vacuum full", ["DELETE FROM kept", "VACUUM FULL kept"]],
    ["truncate", ["TRUNCATE kept"]],
    ["drop", ["DROP TABLE kept"]],
  ])("leaves the way back open: %s, for who says so", async (_what, texts) => {
    const { id, url } = await tenantWithRows();
    await cut(id, 2, "read_only");
    expect(await tried(url, "SET default_transaction_read_only = off", ...texts)).toBe("ok");
  });

  test.each([
    ["everywhere", (name: string) => `ALTER ROLE ${name} SET default_transaction_read_only = off`],
    ["in its database", (name: string) => `ALTER ROLE ${name} IN DATABASE ${name} SET default_transaction_read_only = off`],
  ])("beats a default the tenant has made for itself %s before", async (_where, own) => {
    const { id, name, url } = await tenantWithRows();
    await run(url, own(name));
    await cut(id, 2, "read_only");
    expect(await tried(url, "INSERT INTO kept VALUES (0)")).toBe(READ_ONLY_TRANSACTION);
  });

  test("is over with full, at once and again", async () => {
    const { id, url } = await tenantWithRows();
    await cut(id, 2, "read_only");
    for (const _ of ["first", "again"]) expect((await cut(id, 3, "full")).body).toEqual(DONE);
    expect(await tried(url, "INSERT INTO kept VALUES (0)")).toBe("ok");
  });
});

describe("none", () => {
  test("ends every session and lets nobody in, keeps the data, and is over with full", async () => {
    const { id, url } = await tenantWithRows();
    await connected(url, async (old) => {
      for (const _ of ["first", "again"]) expect((await cut(id, 2, "none")).body).toEqual(DONE);
      expect(await outcomeOf(old.query("SELECT 1"))).not.toBe("ok");
    });
    expect(await canConnect(url)).toBe(INVALID_AUTHORIZATION);
    await cut(id, 3, "read_only");
    expect(await tried(url, "SELECT count(*) FROM kept")).toBe("ok");
    await cut(id, 4, "full");
    expect(await tried(url, "INSERT INTO kept VALUES (0)")).toBe("ok");
  });

  test("does not count as missing, and is still measured", async () => {
    const { id } = await tenantWithRows();
    await cut(id, 2, "none");
    fixture.t.clock.advance(3 * 60_000);
    expect((await fixture.t.bridge.reconcileOnce()).findings).toEqual({ undropped: [], strangers: [], missing: [], stale: [] });
    expect([...(await fixture.t.measure("postgres", [id])).keys()]).toEqual([id]);
  });

  test("lets a leaked password be changed all the same; the new one works once the door opens", async () => {
    const { id, url } = await tenantWithRows();
    await cut(id, 2, "none");
    const { connection_url } = grantOf(await fixture.t.run(rotateJob(id, 3, 1)));
    expect(await canConnect(connection_url)).toBe(INVALID_AUTHORIZATION);
    await cut(id, 4, "full");
    expect([await canConnect(url), await canConnect(connection_url)]).toEqual(["28P01", "ok"]);
  });

  test("is no way around a drop", async () => {
    const { id } = await tenantWithRows();
    await cut(id, 2, "none");
    expect((await fixture.t.run(dropJob(id, 3))).body).toEqual({ ok: true, state: "gone" });
    expect((await fixture.t.run(createJob(id))).body.error).toBe("resource_gone");
  });
});

describe("a cut that ended half-way is finished by the same job", () => {
  test("after the registry, before the server", async () => {
    const { id, url } = await tenantWithRows();
    await fixture.registry("UPDATE tenants SET access = 'read_only', generation = 2 WHERE resource_id = $1", [id]);
    await cut(id, 2, "read_only");
    expect(await tried(url, "INSERT INTO kept VALUES (0)")).toBe(READ_ONLY_TRANSACTION);
  });

  test("after the role was changed, before its sessions were ended", async () => {
    const { id, name, url } = await tenantWithRows();
    await connected(url, async (old) => {
      await old.query("SELECT 1");
      await fixture.sql(`ALTER ROLE ${name} NOLOGIN`);
      await cut(id, 2, "none");
      expect(await outcomeOf(old.query("SELECT 1"))).not.toBe("ok");
    });
  });
});

test("a tenant nobody made cannot be cut", async () => {
  expect((await cut(randomUUID(), 2, "none")).body.error).toBe("unknown_tenant");
});
