/**
 * Redis bounds nobody's memory, so the bridge watches: who is more than three times over his size may only read and delete within
 * seconds, and is let in again when he is back below 90 % of it. Source: PRODUCT "over a limit".
 */
import { afterEach, describe, expect, test } from "vitest";
import { canUse, commands, outcomeOf, prefixOf } from "../../support/redis.ts";
import { type Made, makeTenant } from "../suite/subject.ts";
import { LIMITS, useRedis } from "./subject.ts";

const bench = useRedis();
const MIB = 1_048_576;
/** What another deletes at the same time hides growth: then the routine look, every five seconds, finds it. */
const SOON = { timeout: 12_000, interval: 50 };

afterEach(async () => {
  const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await bench.t.run(bench.jobs.dropJob(resource_id, 99));
});

/** Values of a mebibyte each, less what Redis adds to each. */
async function store({ grant }: Made, mebibytes: number, key = "big"): Promise<void> {
  const value = "x".repeat(MIB - 200);
  await commands(
    grant.connection_url,
    Array.from({ length: mebibytes }, (_, index) => ["SET", `${prefixOf(grant.connection_url)}${key}${index}`, value]),
  );
}

async function registered({ id }: Made): Promise<{ access: string; cut: boolean }> {
  const { rows } = await bench.t.registry.query("SELECT access, cut_at IS NOT NULL AS cut FROM tenants WHERE resource_id = $1", [id]);
  return rows[0];
}

const remove = ({ grant }: Made, mebibytes: number) =>
  commands(grant.connection_url, [
    ["UNLINK", ...Array.from({ length: mebibytes }, (_, index) => `${prefixOf(grant.connection_url)}big${index}`)],
  ]);

describe("a tenant that is far over its size", () => {
  test("is cut without being asked about, keeps reading and deleting, and is let in again", async () => {
    const [greedy, modest] = [await makeTenant(bench), await makeTenant(bench)];
    await store(modest, 4);
    await store(greedy, 3 * LIMITS.storage_mb + 1);
    const begun = performance.now();
    await expect.poll(() => canUse(greedy.grant.connection_url), SOON).toBe("NOPERM");
    console.log(`cut ${Math.round(performance.now() - begun)} ms after the last write`);
    expect(await registered(greedy)).toEqual({ access: "read_only", cut: true });
    expect(await canUse(modest.grant.connection_url)).toBe("ok");
    expect(bench.t.logs.some((line) => line.includes("cut to reading and deleting"))).toBe(true);

    const prefix = prefixOf(greedy.grant.connection_url);
    expect(await commands(greedy.grant.connection_url, [["STRLEN", `${prefix}big0`]])).toEqual([MIB - 200]);
    await remove(greedy, 3 * LIMITS.storage_mb - 3);
    await expect.poll(() => canUse(greedy.grant.connection_url), SOON).toBe("ok");
    expect(await registered(greedy)).toEqual({ access: "full", cut: false });
  });

  test("cannot hide in the corner of a list whose first elements are small", async () => {
    const sly = await makeTenant(bench);
    const key = `${prefixOf(sly.grant.connection_url)}list`;
    const small = Array.from({ length: 1_500 }, () => "s".repeat(4_000));
    // The last ones may be refused already.
    const pushes = [["RPUSH", key, ...small], ...Array.from({ length: 20 }, () => ["RPUSH", key, "x".repeat(MIB)])];
    expect(await outcomeOf(commands(sly.grant.connection_url, pushes))).toMatch(/^(ok|NOPERM)$/);
    await expect.poll(() => canUse(sly.grant.connection_url), SOON).toBe("NOPERM");
  });

  test("cannot hide behind key names that are no text", async () => {
    const sly = await makeTenant(bench);
    const name = (index: number) => Buffer.concat([Buffer.from(prefixOf(sly.grant.connection_url)), Buffer.from([0xff, 0xfe, index])]);
    const value = "x".repeat(MIB);
    await commands(
      sly.grant.connection_url,
      Array.from({ length: 17 }, (_, index) => ["SET", name(index), value]),
    );
    await expect.poll(() => canUse(sly.grant.connection_url), SOON).toBe("NOPERM");
  });

  test("stays cut by the platform's own word, whatever it stores", async () => {
    const made = await makeTenant(bench);
    await store(made, 3 * LIMITS.storage_mb + 1);
    await expect.poll(() => registered(made), SOON).toEqual({ access: "read_only", cut: true });
    await bench.t.run(bench.jobs.limitJob(made.id, 2, LIMITS, "read_only"));
    expect(await registered(made)).toEqual({ access: "read_only", cut: false });
    await remove(made, 3 * LIMITS.storage_mb + 1);
    await bench.t.measure("redis", [made.id]);
    expect(await canUse(made.grant.connection_url)).toBe("NOPERM");
  });

  test("is free at once with a limit it is not over, and never cut without a limit", async () => {
    const made = await makeTenant(bench);
    await store(made, 3 * LIMITS.storage_mb + 1);
    await expect.poll(() => registered(made), SOON).toEqual({ access: "read_only", cut: true });
    await bench.t.run(bench.jobs.limitJob(made.id, 2, { ...LIMITS, storage_mb: 50 }));
    expect(await canUse(made.grant.connection_url)).toBe("ok");
    const unlimited = await makeTenant(bench, { ...LIMITS, storage_mb: -1 });
    await store(unlimited, 20);
    await bench.t.measure("redis", [made.id, unlimited.id]);
    expect([await canUse(made.grant.connection_url), await canUse(unlimited.grant.connection_url)]).toEqual(["ok", "ok"]);
  });
});

test.each([
  [3 * LIMITS.storage_mb - 1, "full"],
  [3 * LIMITS.storage_mb + 1, "read_only"],
])("%i MiB of 5 are measured as %s", async (mebibytes, access) => {
  const made = await makeTenant(bench);
  await store(made, mebibytes);
  await bench.t.measure("redis", [made.id]);
  expect((await registered(made)).access).toBe(access);
});

test("a cut that the registry knows of and the server does not is made again by the next look", async () => {
  const made = await makeTenant(bench);
  await store(made, 3 * LIMITS.storage_mb + 1);
  await expect.poll(() => registered(made), SOON).toEqual({ access: "read_only", cut: true });
  await bench.server.redis.admin("ACL", "SETUSER", made.name, "+set");
  await bench.t.measure("redis", [made.id]);
  const key = `${prefixOf(made.grant.connection_url)}x`;
  expect(await outcomeOf(commands(made.grant.connection_url, [["SET", key, "1"]]))).toBe("NOPERM");
});
