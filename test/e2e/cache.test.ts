/** `POST /cache/new`: a Redis of one's own in one request, with the rules of every create. */
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { plans } from "../../contract/plans.ts";
import { newAccount } from "../support/accounts.ts";
import { allowances, createdFields, expectError } from "../support/answers.ts";
import { freshKey } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { registryRow, resourceRow } from "../support/inspect.ts";
import { expectNothingMade } from "../support/nothing-made.ts";
import { query } from "../support/postgres-client.ts";
import { canUse, commands, withRedis } from "../support/redis.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runShell } from "../support/shell.ts";
import { runCron } from "../support/stack.ts";

const DROP_MS = 20_000;
const { redis_memory_mb, provisions_per_day } = plans.tiers.anonymous.limits;

const cacheSchema = z.strictObject({
  ...createdFields,
  connection_url: z.url({ protocol: /^redis$/ }),
  internal_url: z.url({ protocol: /^redis$/ }),
  key_prefix: z.string().regex(/^t_[a-z2-7]{20}:$/),
  limits: z.strictObject({ memory_mb: z.literal(redis_memory_mb), expires_in: z.literal("24h") }),
});
type Cache = z.infer<typeof cacheSchema>;

const post = (body: unknown, headers: Record<string, string> = {}) => api.call("POST", "/cache/new", { body, headers });
const create = (caller = freshCaller()): Promise<Cache> => api.provision("/cache/new", cacheSchema, { name: "sessions-cache", caller });
const admin = async (...command: string[]) => (await commands(stack.engineUrls.redis ?? "", [command]))[0];

/** The documentation, letter for letter. */
const DOCUMENTED = `curl -X POST https://api.instanode.dev/cache/new \\ -H "Content-Type: application/json" \\ -d '{"name":"sessions-cache"}'`;
const DOCUMENTED_LINES = DOCUMENTED.replaceAll("\\ ", "\\\n");

describe("the answer", () => {
  it.each(["bash", "sh"] as const)("of the documentation's curl, pasted into %s, is a Redis", async (shell) => {
    const { stdout, exitCode } = await runShell(DOCUMENTED_LINES, { apiUrl: stack.apiUrl, shell });
    expect(exitCode).toBe(0);
    const cache = cacheSchema.parse(JSON.parse(stdout));
    expect(cache).toMatchObject({ name: "sessions-cache", tier: "anonymous", env: "development" });
    expect(await canUse(cache.connection_url)).toBe("ok");
  });

  it("says that scripts are refused, to an account, too", async () => {
    expect((await create()).note).toMatch(/^Works now .* Lua scripts \(EVAL\) are refused.* BullMQ/);
    const { body } = await post({ name: "sessions-cache" }, (await newAccount(api, { caller: freshCaller() })).bearer);
    expect(z.looseObject({ note: z.string() }).parse(body).note).toMatch(/^The server is shared: .* BullMQ/);
  });

  it("works with an ordinary client in the very moment it arrives, again and again", async () => {
    for (let tries = 0; tries < 5; tries += 1) {
      const cache = await create();
      expect([new URL(cache.connection_url).username, cache.key_prefix]).toEqual([
        cache.key_prefix.slice(0, -1),
        `${new URL(cache.connection_url).username}:`,
      ]);
      await withRedis(cache.connection_url, async (client) => {
        expect(await client.set(`${cache.key_prefix}greeting`, "hello")).toBe("OK");
        expect(await client.get(`${cache.key_prefix}greeting`)).toBe("hello");
        await client.multi().incr(`${cache.key_prefix}n`).expire(`${cache.key_prefix}n`, 60).exec();
        expect(await client.sendCommand(["CLIENT", "GETNAME"])).toBeNull();
      });
      expect(await canUse(cache.internal_url)).toBe("ok");
    }
  });

  it("works with redis-cli, as an agent would try it", async () => {
    const { connection_url, key_prefix } = await create();
    const script = `redis-cli --no-auth-warning -u ${connection_url} set ${key_prefix}k v; redis-cli --no-auth-warning -u ${connection_url} get ${key_prefix}k`;
    expect((await runShell(script, { apiUrl: stack.apiUrl })).stdout).toBe("OK\nv");
  });

  it("says no to a neighbour's key, and to everything without the prefix", async () => {
    const [mine, theirs] = [await create(), await create()];
    await commands(theirs.connection_url, [["SET", `${theirs.key_prefix}secret`, "x"]]);
    await withRedis(mine.connection_url, async (client) => {
      await expect(client.get(`${theirs.key_prefix}secret`)).rejects.toThrow("NOPERM");
      await expect(client.set("bare", "1")).rejects.toThrow("NOPERM");
      await expect(client.keys("*")).rejects.toThrow("NOPERM");
    });
  });
});

describe("its rules are those of every create", () => {
  it.each([
    [{}, "name_required"],
    [{ name: " " }, "name_required"],
    [{ name: "?" }, "invalid_name"],
    [{ name: "x".repeat(65) }, "invalid_name"],
    [{ name: "ok", env: "NO" }, "invalid_env"],
    ["[]", "invalid_body"],
    ["{", "invalid_body"],
  ] as const)("%j is %s", async (body, code) => {
    await expectNothingMade(stack, async () => expectError(await post(body), code));
  });

  it("a bad bearer is 401, a guessable key is refused, and neither makes anything", async () => {
    await expectNothingMade(stack, async () => {
      expectError(await post({ name: "x" }, { Authorization: "Bearer x" }), "unauthorized");
      expectError(await post({ name: "x" }, { "Idempotency-Key": "short" }), "invalid_idempotency_key");
    });
  });

  it("shares the day's budget with the other kinds, and not their idempotency keys", async () => {
    const headers = { "Idempotency-Key": freshKey() };
    const database = await api.post({ name: "one" }, { headers });
    const cache = await post({ name: "one" }, headers);
    expect([database.status, cache.status]).toEqual([201, 201]);
    expect(allowances(cache).provisions?.remaining).toBe(provisions_per_day - 2);
    const replay = await post({ name: "one" }, headers);
    expect([replay.text, replay.headers.get("x-idempotent-replay")]).toEqual([cache.text, "true"]);
    expectError(await post({ name: "two" }, headers), "idempotency_key_conflict");
  });

  it("names fields it does not know", async () => {
    expect(cacheSchema.parse((await post({ name: "x", size: "big", a: 1 })).body).ignored_fields).toEqual(["a", "size"]);
  });

  it("is told from a database in the preview of a claim", async () => {
    const { upgrade_jwt } = await create();
    const preview = await api.call("GET", `/claim/preview?t=${upgrade_jwt}`);
    expect(preview.body).toMatchObject({ items: [{ subject: true, resource_type: "redis" }] });
  });
});

describe("when its time is over", () => {
  it("user, keys and sessions go, and the neighbours stay", async () => {
    const [over, young] = [await create(), await create()];
    for (const { connection_url, key_prefix } of [over, young]) await commands(connection_url, [["SET", `${key_prefix}kept`, "1"]]);
    await query(stack.platformUrl, "UPDATE resources SET expires_at = now() - interval '1 second' WHERE id = $1", [over.id]);
    await withRedis(over.connection_url, async (client) => {
      await runCron(stack, "* * * * *");
      await vi.waitFor(async () => expect(await resourceRow(stack, over.id)).toMatchObject({ status: "dropped", drop_reason: "expired" }), {
        timeout: DROP_MS,
        interval: 50,
      });
      await expect.poll(() => client.isReady).toBe(false);
    });
    expect(await registryRow(stack, over.id)).toMatchObject({ state: "dropped" });
    expect(await canUse(over.connection_url)).toBe("WRONGPASS");
    expect(await admin("KEYS", `${over.key_prefix}*`)).toEqual([]);
    expect(await admin("ACL", "USERS")).not.toContain(over.key_prefix.slice(0, -1));
    expect(await commands(young.connection_url, [["GET", `${young.key_prefix}kept`]])).toEqual(["1"]);
  });
});

it("readyz has a check of its own for Redis", async () => {
  const { body } = await api.call("GET", "/readyz");
  expect(body).toMatchObject({ checks: { redis_provision: { status: "ok" } } });
});
