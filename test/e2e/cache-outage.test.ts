/**
 * Redis away takes only its own kind down; back again, it has every tenant it had. Without one, its kind is switched off. And who fills
 * it is stopped. The bridge of this stack measures every second.
 */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";
import { expectError } from "../support/answers.ts";
import { type Api, apiOf } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { expectKindSwitchedOff, expectOutageOfItsKindAlone } from "../support/outage.ts";
import { query } from "../support/postgres-client.ts";
import { canUse, commands, outcomeOf, prefixOf } from "../support/redis.ts";
import { holderOf } from "../support/resources.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const HEAL = { timeout: 20_000, interval: 100 };
const MIB = 1_048_576;
const cacheSchema = z.looseObject({ id: z.uuid(), connection_url: z.url(), token: z.uuid(), upgrade_jwt: z.jwt() });

let own: TestStack;
let api: Api;
beforeAll(async () => {
  own = await startTestStack({ engines: ["postgres", "redis"], bridgeEnv: { BRIDGE_METERING_SECONDS: "1" } });
  api = apiOf(own.facts);
});
afterAll(async () => {
  if (!own) return;
  await expectNoLeaks(own.facts).finally(() => own.dispose());
});

const create = () => api.provision("/cache/new", cacheSchema, { caller: freshCaller() });

it("without Redis a cache is 503 provision_failed, a database is 201, readyz degrades; afterwards both work", async () => {
  await expectOutageOfItsKindAlone({ stack: own, service: "redis", path: "/cache/new", check: "redis_provision" });
});

it("kill -9 of Redis: it starts again by itself, and every acknowledged cache logs in with its data", async () => {
  const caches = await Promise.all(Array.from({ length: 5 }, create));
  for (const { connection_url } of caches) await commands(connection_url, [["SET", `${prefixOf(connection_url)}kept`, connection_url]]);
  own.service("redis").kill("SIGKILL");
  const begun = performance.now();
  await vi.waitFor(async () => {
    for (const { connection_url } of caches) {
      expect(await commands(connection_url, [["GET", `${prefixOf(connection_url)}kept`]])).toEqual([connection_url]);
    }
  }, HEAL);
  console.log(`every cache was back ${Math.round(performance.now() - begun)} ms after kill -9`);
  for (const { connection_url } of caches) expect(await canUse(connection_url)).toBe("ok");
});

it("a cache far over its 5 MiB may only read and delete, says why, bars the next one of its kind, and is lifted when it is small", async () => {
  const caller = freshCaller();
  const cache = await api.provision("/cache/new", cacheSchema, { caller });
  const keys = Array.from({ length: 20 }, (_, index) => `${prefixOf(cache.connection_url)}${index}`);
  // On a slow machine the cut comes before the last of them.
  const fill = keys.map((key) => ["SET", key, "x".repeat(MIB)]);
  expect(["ok", "NOPERM"]).toContain(await outcomeOf(commands(cache.connection_url, fill)));
  const begun = performance.now();
  await vi.waitFor(async () => expect(await canUse(cache.connection_url)).toBe("NOPERM"), HEAL);
  console.log(`cut ${Math.round(performance.now() - begun)} ms after the last write`);
  const item = () => holderOf(api, cache).item();
  await vi.waitFor(async () => expect(await item()).toMatchObject({ access: "read_only", storage_exceeded: true }), HEAL);
  expect(await item()).toMatchObject({ access_reason: "storage_limit_exceeded", storage_limit_bytes: 5 * MIB });
  const again = await api.call("POST", "/cache/new", { caller, body: { name: "another" } });
  expectError(again, "quota_exceeded");
  await api.create({ caller });

  expect(
    await commands(cache.connection_url, [
      ["STRLEN", keys[0] ?? ""],
      ["DEL", ...keys],
    ]),
  ).toEqual([MIB, expect.toSatisfy((deleted) => deleted >= 15 && deleted <= keys.length)]);
  await vi.waitFor(async () => expect(await item()).toMatchObject({ access: "full", storage_exceeded: false }), HEAL);
  await vi.waitFor(async () => expect(await canUse(cache.connection_url)).toBe("ok"), HEAL);
});

it("a cache the bridge has cut, and that fell below 3 times its size before the platform heard of it, is shown as what it is", async () => {
  const cache = await create();
  const keys = Array.from({ length: 10 }, (_, index) => `${prefixOf(cache.connection_url)}${index}`);
  await commands(
    cache.connection_url,
    keys.map((key) => ["SET", key, "x".repeat(MIB)]),
  );
  const item = () => holderOf(api, cache).item();
  await vi.waitFor(async () => expect(await item()).toMatchObject({ access: "full", storage_exceeded: true }), HEAL);
  // What the bridge notes when it cuts; its next look at the server does the rest.
  await query(own.facts.registryUrl, "UPDATE tenants SET access = 'read_only', cut_at = now() WHERE resource_id = $1", [cache.id]);
  await vi.waitFor(async () => expect(await item()).toMatchObject({ access: "read_only", access_reason: "storage_limit_exceeded" }), HEAL);
  await vi.waitFor(async () => expect(await canUse(cache.connection_url)).toBe("NOPERM"), HEAL);
  await commands(cache.connection_url, [["DEL", ...keys]]);
  await vi.waitFor(async () => expect(await item()).toMatchObject({ access: "full", storage_exceeded: false }), HEAL);
  await vi.waitFor(async () => expect(await canUse(cache.connection_url)).toBe("ok"), HEAL);
});

it("a bridge without a Redis says service_disabled, and makes databases", async () => {
  await expectKindSwitchedOff({ path: "/cache/new", check: "redis_provision" });
});
