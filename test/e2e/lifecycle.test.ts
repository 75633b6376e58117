/** What expires, is given up or is unknown goes away whole: database, role and every secret; a tombstone and 30 days of history stay. */
import { randomUUID } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { type Created, createdSchema } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { LOCAL } from "../support/callers.ts";
import { existsOnServer, registryRow, resourceRow } from "../support/inspect.ts";
import { query, refusalOf, withClient } from "../support/postgres-client.ts";
import { holderOf } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";
import { readLogs, runCron } from "../support/stack.ts";

const EVERY_MINUTE = "* * * * *";
const EVERY_TEN_MINUTES = "*/10 * * * *";
const DROP_MS = 20_000;
/** Whatever a kind keeps of its credentials, and how its token is found. */
const SECRET_COLUMN = /_sealed$|^token_hash$/;

const platform = (text: string, values: unknown[]) => query(stack.platformUrl, text, values);
const expire = ({ id }: Created) => platform("UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [id]);
const works = async ({ connection_url }: Created) => (await refusalOf(connection_url, "SELECT 1")) === null;

/** Nothing on the server, a tombstone in the registry, no secret in the row. */
async function untilGone(created: Created, dropReason: string, generation = 2): Promise<void> {
  await vi.waitFor(async () => expect(await resourceRow(stack, created.id)).toMatchObject({ status: "dropped" }), {
    timeout: DROP_MS,
    interval: 50,
  });
  expect(await resourceRow(stack, created.id)).toMatchObject({ generation, drop_reason: dropReason });
  expect(await existsOnServer(stack, created.connection_url)).toEqual({ database: false, role: false });
  expect(await registryRow(stack, created.id)).toMatchObject({ state: "dropped", generation });
  const [row = {}] = await platform("SELECT * FROM resources WHERE id = $1", [created.id]);
  const secrets = Object.entries(row).filter(([column]) => SECRET_COLUMN.test(column));
  expect(secrets.length).toBeGreaterThan(2);
  expect(secrets.filter(([, value]) => value !== null)).toEqual([]);
}

describe("a resource whose time is over", () => {
  it("is dropped by the cron, though its owner is connected; one that is not over stays", async () => {
    const [over, young] = [await api.create(), await api.create()];
    await expire(over);
    await withClient(over.connection_url, async (client) => {
      await client.query("CREATE TABLE kept (id int)");
      await runCron(stack, EVERY_MINUTE);
      await untilGone(over, "expired");
    });
    expect(await works(young)).toBe(true);
    expect(await resourceRow(stack, young.id)).toMatchObject({ status: "active", generation: 1 });
  });

  it("takes its stored answer with it: the same key then makes a new one", async () => {
    const key = freshKey();
    const first = await api.create({ key });
    await expire(first);
    await runCron(stack, EVERY_MINUTE);
    await untilGone(first, "expired");
    const again = await vi.waitFor(
      async () => {
        const answer = await api.post({ name: "prod-db" }, { headers: { "Idempotency-Key": key } });
        expect(answer.headers.get("x-idempotent-replay")).toBeNull();
        return answer;
      },
      { timeout: DROP_MS, interval: 100 },
    );
    const second = createdSchema.parse(again.body);
    expect(second.id).not.toBe(first.id);
    expect(await works(second)).toBe(true);
  });

  it("gives no daily slot back: the day's creates are counted, not the living", async () => {
    const { provisions_per_day: cap } = plans.tiers.anonymous.limits;
    const created = await Promise.all(Array.from({ length: cap }, () => api.create()));
    await Promise.all(created.map(expire));
    await runCron(stack, EVERY_MINUTE);
    await Promise.all(created.map((each) => untilGone(each, "expired")));
    expect((await api.post({ name: "prod-db" })).status).toBe(429);
  });

  it("is dropped once, however often the cron runs meanwhile", async () => {
    const created = await api.create();
    await expire(created);
    await Promise.all([1, 2, 3].map(() => runCron(stack, EVERY_MINUTE)));
    await untilGone(created, "expired");
    await runCron(stack, EVERY_MINUTE);
    expect(await resourceRow(stack, created.id)).toMatchObject({ status: "dropped", generation: 2 });
  });
});

describe("a drop that was lost on its way", () => {
  it.each(["dropping", "abandoned"])("is found again when its row is %s for a minute", async (status) => {
    const created = await api.create();
    const reason = status === "dropping" ? "expired" : "abandoned";
    const lose = (age: string) =>
      platform(
        `UPDATE resources SET status = $2, generation = 2, drop_reason = $3, status_changed_at = now() - interval '${age}' WHERE id = $1`,
        [created.id, status, reason],
      );
    await lose("40 seconds");
    await runCron(stack, EVERY_MINUTE);
    expect(await works(created)).toBe(true);
    await lose("80 seconds");
    await runCron(stack, EVERY_MINUTE);
    await untilGone(created, reason);
  });
});

describe("a tenant the platform has no row for", () => {
  const forget = ({ id }: Created) => platform("DELETE FROM resources WHERE id = $1", [id]);
  const age = ({ id }: Created, minutes: number) =>
    query(stack.registryUrl, "UPDATE tenants SET created_at = now() - make_interval(mins => $2) WHERE resource_id = $1", [id, minutes]);

  it("is dropped when it is older than 15 minutes, and not before", async () => {
    const created = await api.create();
    await forget(created);
    await age(created, 14);
    await runCron(stack, EVERY_TEN_MINUTES);
    expect(await works(created)).toBe(true);
    expect(await resourceRow(stack, created.id)).toBeUndefined();
    await age(created, 16);
    await runCron(stack, EVERY_TEN_MINUTES);
    await untilGone(created, "abandoned");
  });

  it("is dropped however often it was changed: its drop is newer than anything the bridge has seen of it", async () => {
    const created = await api.create();
    for (let rotation = 1; rotation <= 2; rotation += 1) {
      const renewed = z.object({ connection_url: z.url() }).parse((await holderOf(api, created).rotate()).body);
      created.connection_url = renewed.connection_url;
    }
    expect(await registryRow(stack, created.id)).toMatchObject({ generation: 3 });
    await forget(created);
    await age(created, 16);
    await runCron(stack, EVERY_TEN_MINUTES);
    await untilGone(created, "abandoned", 4);
  });

  it("is only reported when there are suspiciously many: the platform may have lost rows", async () => {
    const ALWAYS_ALLOWED = 5;
    const created = await Promise.all(Array.from({ length: ALWAYS_ALLOWED + 1 }, () => api.create({ caller: LOCAL })));
    for (const each of created) {
      await forget(each);
      await age(each, 60);
    }
    await runCron(stack, EVERY_TEN_MINUTES);
    expect(readLogs(stack).find(({ name }) => name === "worker.log")?.text).toContain("reconcile.stopped");
    for (const each of created) {
      expect(await resourceRow(stack, each.id)).toBeUndefined();
      expect(await works(each)).toBe(true);
    }
    const [spared, ...rest] = created;
    if (!spared) throw new Error("none was made");
    await age(spared, 1);
    await runCron(stack, EVERY_TEN_MINUTES);
    await Promise.all(rest.map((each) => untilGone(each, "abandoned")));
    await age(spared, 60);
    await runCron(stack, EVERY_TEN_MINUTES);
    await untilGone(spared, "abandoned");
  });
});

describe("history", () => {
  it("is kept for 30 days after the drop, and then forgotten", async () => {
    const insert = (id: string, days: number) =>
      platform(
        `INSERT INTO resources (id, kind, status, generation, created_at, status_changed_at, drop_reason)
         VALUES ($1, 'postgres', 'dropped', 2, now() - interval '60 days', now() - make_interval(days => $2), 'expired')`,
        [id, days],
      );
    const [kept, purged] = [randomUUID(), randomUUID()];
    await insert(kept, 29);
    await insert(purged, 31);
    await runCron(stack, EVERY_TEN_MINUTES);
    expect(await resourceRow(stack, kept)).toMatchObject({ status: "dropped" });
    expect(await resourceRow(stack, purged)).toBeUndefined();
  });
});
