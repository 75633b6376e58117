/** What the verbs do on Redis beyond what every engine promises. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { grantOf } from "../../support/bridge.ts";
import { canUse, commands, outcomeOf, prefixOf, withRedis } from "../../support/redis.ts";
import { expectCleanSlate, type Made, makeTenant } from "../suite/subject.ts";
import { LIMITS, useRedis } from "./subject.ts";

const bench = useRedis();

afterEach(async () => {
  const { rows } = await bench.t.registry.query<{ resource_id: string }>("SELECT resource_id FROM tenants WHERE state <> 'dropped'");
  for (const { resource_id } of rows) await bench.t.run(bench.jobs.dropJob(resource_id, 99));
  await expectCleanSlate(bench);
});

const bytesOf = async (...made: Made[]): Promise<number[]> => {
  const resource_ids = made.map(({ id }) => id);
  const sizes = await bench.t.measure("redis", resource_ids);
  return resource_ids.map((id) => sizes.get(id) ?? -1);
};

test("a grant holds two URLs without a database number, and the prefix they are bound to", async () => {
  const { grant, name } = await makeTenant(bench);
  expect(grant).toEqual({
    connection_url: expect.stringMatching(new RegExp(`^redis://${name}:[A-Za-z0-9_-]{32}@127\\.0\\.0\\.1:${bench.server.redis.port}$`)),
    internal_url: grant.connection_url,
    details: { key_prefix: `${name}:` },
    rotation: 0,
  });
});

test("a new tenant is empty: what proved it is gone again", async () => {
  const made = await makeTenant(bench);
  expect(await bench.server.redis.admin("KEYS", `${made.name}*`)).toEqual([]);
  expect(await bytesOf(made)).toEqual([0]);
});

test.each([
  ["off", "engine_unavailable"],
  ["-set", "engine_unavailable"],
])("a create whose credentials do not work (%s) is refused, and made whole by its retry", async (flaw, code) => {
  const id = randomUUID();
  bench.meddleAt("bridge.create.after_user", async () => {
    const { rows } = await bench.t.registry.query<{ name: string }>("SELECT name FROM tenants WHERE resource_id = $1", [id]);
    await bench.server.redis.admin("ACL", "SETUSER", rows[0]?.name ?? "", flaw);
  });
  expect((await bench.t.run(bench.jobs.createJob(id, 1, LIMITS))).body.error).toBe(code);
  expect(await canUse(grantOf(await bench.t.run(bench.jobs.createJob(id, 1, LIMITS))).connection_url)).toBe("ok");
});

test.each([
  ["drop", (id: string) => bench.jobs.dropJob(id)],
  ["rotate", (id: string) => bench.jobs.rotateJob(id, 2, 1)],
  ["access none", (id: string) => bench.jobs.limitJob(id, 2, LIMITS, "none")],
])("%s ends the sessions that are open, also one that waits and one that listens", async (_, job) => {
  const { grant, id } = await makeTenant(bench);
  const url = grant.connection_url;
  await withRedis(url, async (client) =>
    withRedis(url, async (waiting) =>
      withRedis(url, async (listening) => {
        await listening.subscribe(`${prefixOf(url)}news`, () => {});
        const waited = outcomeOf(waiting.blPop(`${prefixOf(url)}queue`, 0));
        expect((await bench.t.run(job(id))).status).toBe(200);
        await expect.poll(() => [client.isReady, waiting.isReady, listening.isReady]).toEqual([false, false, false]);
        expect(await waited).not.toBe("ok");
      }),
    ),
  );
});

test("access is felt by sessions that are open, and comes back", async () => {
  const { grant, id } = await makeTenant(bench);
  const key = `${prefixOf(grant.connection_url)}a`;
  await withRedis(grant.connection_url, async (client) => {
    await client.set(key, "1");
    await bench.t.run(bench.jobs.limitJob(id, 2, LIMITS, "read_only"));
    expect(await outcomeOf(client.set(key, "2"))).toBe("NOPERM");
    expect([await client.get(key), await client.del(key)]).toEqual(["1", 1]);
    await bench.t.run(bench.jobs.limitJob(id, 3, LIMITS, "full"));
    expect(await client.set(key, "3")).toBe("OK");
  });
});

test("rotate keeps the access a tenant has", async () => {
  const { id } = await makeTenant(bench);
  for (const [generation, access, seen] of [
    [2, "read_only", "NOPERM"],
    [4, "none", "WRONGPASS"],
  ] as const) {
    await bench.t.run(bench.jobs.limitJob(id, generation, LIMITS, access));
    const rotated = grantOf(await bench.t.run(bench.jobs.rotateJob(id, generation + 1, generation)));
    expect(await canUse(rotated.connection_url)).toBe(seen);
  }
});

test("measure counts what Redis says of every key, whatever its name and type, each for its own tenant", async () => {
  const [one, other, empty] = [await makeTenant(bench), await makeTenant(bench), await makeTenant(bench)];
  const prefix = prefixOf(one.grant.connection_url);
  const binary = Buffer.concat([Buffer.from(prefix), Buffer.from([0, 0xff, 0xfe, 10, 13])]);
  await commands(one.grant.connection_url, [
    ["SET", `${prefix}text`, "x".repeat(100_000)],
    ["SET", binary, "x".repeat(50_000)],
    ["HSET", `${prefix}hash`, ...Array.from({ length: 2_000 }, (_, index) => `f${index}`)],
  ]);
  await commands(other.grant.connection_url, [["SET", `${prefixOf(other.grant.connection_url)}text`, "x".repeat(10_000)]]);
  const usage = await Promise.all(
    [`${prefix}text`, binary, `${prefix}hash`].map((key) => bench.server.redis.admin<number>("MEMORY", "USAGE", key, "SAMPLES", "0")),
  );
  expect(await bytesOf(one, other, empty)).toEqual([usage.reduce((sum, bytes) => sum + bytes), expect.closeTo(10_000, -3), 0]);
});

test("drop removes every key of its prefix, whatever its name, and none of a longer or a shorter one", async () => {
  const [made, neighbour] = [await makeTenant(bench), await makeTenant(bench)];
  const binary = Buffer.concat([Buffer.from(`${made.name}:`), Buffer.from([0xff, 0x2a, 0x5b])]);
  await commands(made.grant.connection_url, [["SET", binary, "1"]]);
  await withRedis(made.grant.connection_url, async (client) => {
    await Promise.all(Array.from({ length: 5_000 }, (_, index) => client.set(`${made.name}:${index}`, "1")));
  });
  await commands(neighbour.grant.connection_url, [["SET", `${neighbour.name}:kept`, "1"]]);
  const others = [`${made.name}x:kept`, `${made.name.slice(0, -1)}:kept`];
  for (const key of others) await bench.server.redis.admin("SET", key, "1");
  await bench.t.run(bench.jobs.dropJob(made.id));
  const left = await bench.server.redis.admin<string[]>("KEYS", "t_*");
  expect(left.sort()).toEqual([...others, `${neighbour.name}:kept`].sort());
  await bench.server.redis.admin("DEL", ...others);
});

test("a thousand tenants with fifty keys each are measured in one pass of some seconds, and Redis answers meanwhile", async () => {
  const made = await makeTenant(bench);
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const name = (index: number) => `t_${"z".repeat(18)}${alphabet[index >> 5]}${alphabet[index & 31]}`;
  await withRedis(bench.server.redis.url, async (admin) => {
    for (let index = 0; index < 1_000; index += 1) {
      await Promise.all(Array.from({ length: 50 }, (_, key) => admin.set(`${name(index)}:${key}`, "x".repeat(100))));
    }
    const begun = performance.now();
    let longest = 0;
    let done = false;
    const measured = bytesOf(made).finally(() => {
      done = true;
    });
    while (!done) {
      const asked = performance.now();
      await admin.ping();
      longest = Math.max(longest, performance.now() - asked);
    }
    expect(await measured).toEqual([0]);
    console.log(
      `50,000 keys measured in ${Math.round(performance.now() - begun)} ms; the slowest PING meanwhile took ${Math.round(longest)} ms`,
    );
    await admin.flushAll();
  });
  await bench.t.bridge.reconcileOnce();
});
