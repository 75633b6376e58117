/**
 * A tenant over its size is told so at its next create of that kind and at no other; one far over it is cut, with the reason in the
 * API and the way back open; both are lifted by themselves. The bridge of this stack measures every second.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { allowances, type Created, expectError } from "../support/answers.ts";
import { type Api, apiOf, freshKey } from "../support/api.ts";
import { freshCaller, LOCAL } from "../support/callers.ts";
import { resourceRow } from "../support/inspect.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { query, refusalOf, withClient } from "../support/postgres-client.ts";
import { holderOf, type Item } from "../support/resources.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const MIB = 1_048_576;
const LIMIT_BYTES = 10 * MIB;
const EVERY_MINUTE = "* * * * *";
/** Some passes of the metering, and the outbox. */
const FELT_MS = 20_000;
const READ_ONLY_TRANSACTION = "25006";
const NO_LOGIN = "28000";
const NAME = { name: "prod-db" };

let own: TestStack;
let api: Api;

beforeAll(async () => {
  own = await startTestStack({ engines: ["postgres"], bridgeEnv: { BRIDGE_METERING_SECONDS: "1" } });
  api = apiOf(own.facts);
});
afterAll(async () => {
  if (!own) return;
  await expectNoLeaks(own.facts).finally(() => own.dispose());
});

const platform = (text: string, values: unknown[] = []) => query(own.facts.platformUrl, text, values);
const write = (url: string) => refusalOf(url, "INSERT INTO filling VALUES ('one more')");

/** Fills a table with so many MiB, give or take some pages. */
async function fill({ connection_url }: Created, mib: number): Promise<void> {
  await withClient(connection_url, async (client) => {
    await client.query("CREATE TABLE IF NOT EXISTS filling (text text)");
    await client.query("ALTER TABLE filling ALTER text SET STORAGE PLAIN");
    await client.query("INSERT INTO filling SELECT repeat('x', 1000) FROM generate_series(1, $1::int * 1000)", [mib]);
  });
}

/** What a tenant does who reads the way back in the API. */
async function empty({ connection_url }: Created): Promise<void> {
  await withClient(connection_url, async (client) => {
    await client.query("SET default_transaction_read_only = off");
    await client.query("DELETE FROM filling");
    await client.query("VACUUM filling");
  });
}

/** Waits until the API shows it so. */
async function untilShown(created: Created, expected: Partial<Item>): Promise<Item> {
  let item: Item | undefined;
  await vi.waitFor(
    async () => {
      item = await holderOf(api, created).item();
      expect(item).toMatchObject(expected);
    },
    { timeout: FELT_MS, interval: 100 },
  );
  if (item === undefined) throw new Error("never shown");
  return item;
}

/** Waits until the engine has what was decided. */
async function untilDone({ id }: Created): Promise<void> {
  const open = () => platform("SELECT limit_generation FROM resources WHERE id = $1", [id]);
  await vi.waitFor(async () => expect(await open()).toEqual([{ limit_generation: null }]), { timeout: FELT_MS, interval: 50 });
}

describe("a database over its 10 MiB", () => {
  it("bars the next one of its kind and caller, costs nothing, and lets go when it is small again", async () => {
    const caller = freshCaller();
    const key = freshKey();
    const created = await api.create({ caller, key });
    await fill(created, 12);
    const item = await untilShown(created, { storage_exceeded: true, access: "full" });
    expect(item.storage_bytes).toBeGreaterThan(LIMIT_BYTES);

    const left = allowances(await api.call("POST", "/vector/new", { caller, body: NAME })).provisions?.remaining;
    await expectNothingMade(own.facts, async () => {
      const headers = { "Idempotency-Key": freshKey() };
      for (const options of [{ caller }, { caller, headers }, { caller, headers }]) {
        const envelope = expectError(await api.post(NAME, options), "quota_exceeded");
        expect([envelope.upgrade_url, envelope.claim_url]).toEqual([`${own.facts.publicUrl}/pricing`, `${own.facts.publicUrl}/start`]);
        expect(envelope.message).toContain("postgres");
      }
    });
    const replayed = await api.post(NAME, { caller, headers: { "Idempotency-Key": key } });
    expect([replayed.status, (replayed.body as Created).id]).toEqual([201, created.id]);
    expect((await api.post(NAME, { caller: freshCaller() })).status, "another caller").toBe(201);
    expect(await write(created.connection_url), "what runs goes on").toBeNull();
    const vector = await api.call("POST", "/vector/new", { caller, body: NAME });
    expect([vector.status, allowances(vector).provisions?.remaining], "another kind; no slot was lost").toEqual([201, Number(left) - 1]);

    await empty(created);
    await untilShown(created, { storage_exceeded: false });
    expect((await api.post(NAME, { caller })).status).toBe(201);
  });

  it.each([
    [LIMIT_BYTES - 1, 201],
    [LIMIT_BYTES, 201],
    [LIMIT_BYTES + 1, 402],
  ])("begins at its exact byte: %i bytes answer %i", async (bytes, status) => {
    const caller = freshCaller();
    const { id } = await api.create({ caller });
    // A moment to come, so that the metering does not write over it.
    await platform("UPDATE resources SET storage_bytes = $2, measured_at = now() + interval '1 hour' WHERE id = $1", [id, bytes]);
    expect((await api.post(NAME, { caller })).status).toBe(status);
  });

  it("counts no more once it has expired, though no sweep was there yet", async () => {
    const caller = freshCaller();
    const { id } = await api.create({ caller });
    const text = "UPDATE resources SET storage_bytes = $2, measured_at = now() + interval '1 hour', expires_at = now() WHERE id = $1";
    await platform(text, [id, 2 * LIMIT_BYTES]);
    expect((await api.post(NAME, { caller })).status).toBe(201);
  });
});

describe("a database with more than 3 times its size", () => {
  it("is read-only with the reason in the API, takes deletes from who reads it, and is whole again below 90 %", async () => {
    const created = await api.create();
    await fill(created, 32);
    const item = await untilShown(created, { access: "read_only", access_reason: "storage_limit_exceeded", storage_exceeded: true });
    expect(item.agent_action).toContain("SET default_transaction_read_only = off");
    await untilDone(created);
    expect(await write(created.connection_url)).toBe(READ_ONLY_TRANSACTION);
    expect(await refusalOf(created.connection_url, "SELECT count(*) FROM filling")).toBeNull();

    await empty(created);
    const whole = await untilShown(created, { access: "full", storage_exceeded: false });
    expect([whole.access_reason, whole.agent_action]).toEqual([undefined, undefined]);
    await untilDone(created);
    expect(await write(created.connection_url)).toBeNull();
  });

  it("loses its login above 5 times its size; its owner can still rotate and delete it", async () => {
    const created = await api.create();
    await fill(created, 52);
    expect((await untilShown(created, { access: "none", access_reason: "storage_limit_exceeded" })).agent_action).toMatch(/Delete it/);
    await untilDone(created);
    expect(await refusalOf(created.connection_url, "SELECT 1")).toBe(NO_LOGIN);
    const holder = holderOf(api, created);
    expect((await holder.rotate()).status).toBe(200);
    expect((await holder.remove()).status).toBe(200);
    await vi.waitFor(async () => expect(await resourceRow(own.facts, created.id)).toMatchObject({ status: "dropped" }), {
      timeout: FELT_MS,
    });
  });
});

describe("a cut that was decided", () => {
  /** As a Worker leaves it that died before the outbox heard of it. */
  async function decided() {
    const created = await api.create();
    await withClient(created.connection_url, (client) => client.query("CREATE TABLE filling (text text)"));
    await platform(
      `UPDATE resources SET access = 'read_only', access_reason = 'storage_limit_exceeded', generation = 2, limit_generation = 2,
         changed_at = now() - interval '80 seconds', measured_at = now() + interval '1 hour' WHERE id = $1`,
      [created.id],
    );
    return created;
  }

  it("is found by the cron when it was lost on its way", async () => {
    const created = await decided();
    await own.runCron(EVERY_MINUTE);
    await untilDone(created);
    expect(await write(created.connection_url)).toBe(READ_ONLY_TRANSACTION);
  });

  it("goes out again, as the newest change, when a rotation has overtaken it", async () => {
    const created = await decided();
    await query(own.facts.registryUrl, "UPDATE tenants SET generation = 3 WHERE resource_id = $1", [created.id]);
    await own.runCron(EVERY_MINUTE);
    await untilDone(created);
    expect(await write(created.connection_url)).toBe(READ_ONLY_TRANSACTION);
    expect(await resourceRow(own.facts, created.id)).toMatchObject({ generation: 3 });
  });

  it("is nothing any more once the resource is deleted", async () => {
    const created = await decided();
    await holderOf(api, created).remove();
    await own.runCron(EVERY_MINUTE);
    await vi.waitFor(async () => expect(await resourceRow(own.facts, created.id)).toMatchObject({ status: "dropped" }), {
      timeout: FELT_MS,
    });
  });
});

describe("while the provisioner is away", () => {
  it("a rotation is refused and taken up again, a deletion is decided and follows", async () => {
    const [rotated, removed] = [await api.create(), await api.create()];
    await own.service("bridge").stop();
    expectError(await holderOf(api, rotated).rotate(), "update_failed");
    expect((await holderOf(api, removed).remove()).status).toBe(200);
    expectError(await holderOf(api, removed).get(), "not_found");
    expect(await refusalOf(removed.connection_url, "SELECT 1"), "it is only decided").toBeNull();
    await own.service("bridge").start();
    await own.service("bridge").ready();
    expect((await holderOf(api, rotated).rotate()).status).toBe(200);
    const [row] = await platform("SELECT rotation, generation, rotate_generation FROM resources WHERE id = $1", [rotated.id]);
    expect(row, "one rotation, however often it was tried").toEqual({ rotation: 1, generation: 2, rotate_generation: null });
    await vi.waitFor(async () => expect(await resourceRow(own.facts, removed.id)).toMatchObject({ status: "dropped" }), {
      timeout: 2 * FELT_MS,
    });
  });
});

describe("a thousand and one that expire at once", () => {
  it("go batch by batch: a thousand in one run of the cron, the rest in the next, each drop once", async () => {
    const ids = Array.from({ length: 1_001 }, () => randomUUID());
    await platform(
      `INSERT INTO resources (id, kind, status, generation, tier, env, name, token_hash, token_sealed, created_at, expires_at, status_changed_at)
       SELECT id, 'postgres', 'active', 1, 'anonymous', 'development', 'crowd', id::text, 'sealed', now() - interval '1 day', now(), now()
       FROM unnest($1::uuid[]) AS id`,
      [ids],
    );
    const inStatus = async (status: string) =>
      Number((await platform("SELECT count(*)::int AS n FROM resources WHERE name = 'crowd' AND status = $1", [status]))[0]?.n);
    await own.runCron(EVERY_MINUTE);
    expect(await inStatus("active")).toBe(1);
    await own.runCron(EVERY_MINUTE);
    expect(await inStatus("active")).toBe(0);
    await vi.waitFor(async () => expect(await inStatus("dropped")).toBe(1_001), { timeout: 50_000, interval: 250 });
    const [jobs] = await query(
      own.facts.registryUrl,
      "SELECT count(*)::int AS n, max(attempts) AS most FROM job_journal WHERE kind = 'drop' AND resource_id = ANY($1)",
      [ids],
    );
    expect(jobs).toEqual({ n: 1_001, most: 1 });
    expect((await api.create({ caller: LOCAL })).ok).toBe(true);
  });
});
