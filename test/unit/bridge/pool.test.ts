/** The pool's pure parts: how many tenants it wants, and when a server counts as healthy. */
import { describe, expect, test } from "vitest";
import type { ServerCapacity } from "../../../provisioner-bridge/engines/engine.ts";
import { readEnv } from "../../../provisioner-bridge/env.ts";
import { firstAnswers, GRACE_MS } from "../../../provisioner-bridge/pool/first-answers.ts";
import { createHealthCheck, PATIENCE_MS } from "../../../provisioner-bridge/pool/health-check.ts";
import { createServerHealth } from "../../../provisioner-bridge/pool/server-health.ts";
import { targetSize, wantsOneMore } from "../../../provisioner-bridge/pool/target.ts";
import { createManualClock, settle } from "./clock.ts";

describe("the size of a pool", () => {
  const bounds = { min: 5, max: 50 };
  test.each([
    [0, 5],
    [5, 5],
    [6, 6],
    [50, 50],
    [51, 50],
  ])("for %i creates of late is %i", (demand, size) => {
    expect(targetSize(demand, bounds)).toBe(size);
  });

  test.each([
    ["below its size", { ready: 5, unowned: 5, demand: 6 }, true],
    ["at its size", { ready: 6, unowned: 6, demand: 6 }, false],
    ["below its size, with as many unfinished or away as may be", { ready: 5, unowned: 50, demand: 6 }, false],
    ["below its size, with one less", { ready: 5, unowned: 49, demand: 6 }, true],
  ])("%s", (_, count, expected) => {
    expect(wantsOneMore(count, bounds)).toBe(expected);
  });
});

describe("a health check", () => {
  /** A server whose answers the test gives. */
  function createServer() {
    const asked: PromiseWithResolvers<string>[] = [];
    const clock = createManualClock();
    const ask = () => {
      const one = Promise.withResolvers<string>();
      asked.push(one);
      return one.promise;
    };
    const check = createHealthCheck(ask, "down", clock);
    return { asked, clock, check };
  }

  test("is begun after the call: one that is under way does not count, and all that wait share the next", async () => {
    const { asked, check } = createServer();
    const first = check();
    const later = [check(), check(), check()];
    await settle();
    expect(asked).toHaveLength(1);
    asked[0]?.resolve("open");
    expect(await first).toBe("open");
    await settle();
    expect(asked).toHaveLength(2);
    asked[1]?.reject(new Error("gone"));
    expect(await Promise.all(later)).toEqual(["down", "down", "down"]);
    const again = check();
    await settle();
    asked[2]?.resolve("open");
    expect(await again).toBe("open");
  });

  test("that is not answered in time: a caller who waited behind the open question does not wait for a second one", async () => {
    const { asked, clock, check } = createServer();
    const waiting = [check(), check()];
    clock.advance(PATIENCE_MS);
    expect(await Promise.all(waiting)).toEqual(["down", "down"]);
    expect(asked).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test("that is not answered in time has failed, and no caller waits again until it is answered", async () => {
    const { asked, clock, check } = createServer();
    const first = check();
    clock.advance(PATIENCE_MS - 1);
    await settle();
    clock.advance(1);
    expect(await first).toBe("down");
    expect(await check()).toBe("down");
    expect(asked).toHaveLength(1);
    asked[0]?.resolve("open");
    await settle();
    const again = check();
    await settle();
    asked[1]?.resolve("open");
    expect(await again).toBe("open");
    expect(clock.timers).toBe(0);
  });
});

describe("the answers of several servers", () => {
  function createServers() {
    const clock = createManualClock();
    const [fast, slow] = [Promise.withResolvers<string | null>(), Promise.withResolvers<string | null>()];
    const taken: string[][] = [];
    void firstAnswers([slow.promise, fast.promise], clock).then((servers) => taken.push(servers));
    return { clock, fast, slow, taken };
  }

  test.each([
    [GRACE_MS - 1, ["fast", "slow"]],
    [GRACE_MS, ["fast"]],
  ])("one that comes %i ms after the first: %j are used", async (afterMs, expected) => {
    const { clock, fast, slow, taken } = createServers();
    clock.advance(900);
    fast.resolve("fast");
    await settle();
    clock.advance(afterMs);
    slow.resolve("slow");
    await settle();
    expect(taken).toEqual([expected]);
    expect(clock.timers).toBe(0);
  });

  test("a server without room does not count as the first: the others are waited for", async () => {
    const { clock, fast, slow, taken } = createServers();
    fast.resolve(null);
    await settle();
    clock.advance(10 * GRACE_MS);
    await settle();
    expect(taken).toEqual([]);
    slow.resolve("slow");
    await settle();
    expect(taken).toEqual([["slow"]]);
  });

  test("without servers there are none", async () => {
    expect(await firstAnswers([], createManualClock())).toEqual([]);
  });
});

describe("the only server", () => {
  const room = { maxTenants: 9, connectionBudget: 9, storageBudgetMb: 9, freeConnections: 9 };
  function createServers(...servers: string[]) {
    const asked: PromiseWithResolvers<ServerCapacity>[] = [];
    const checkHealth = () => {
      const one = Promise.withResolvers<ServerCapacity>();
      asked.push(one);
      return one.promise;
    };
    return { asked, health: createServerHealth({ servers, checkHealth }, createManualClock()) };
  }
  /** Asks, and has the server answer. */
  async function ask({ asked, health }: ReturnType<typeof createServers>, answer: ServerCapacity): Promise<void> {
    const answered = health.openServers();
    asked.at(-1)?.resolve(answer);
    await answered;
  }

  test("is known after it had room, and not while it is being asked: one that hangs uses up one tenant", async () => {
    const only = createServers("a");
    expect(only.health.onlyServer()).toBeNull();
    await ask(only, { server: "a", status: "open", ...room });
    expect(only.health.onlyServer()).toBe("a");
    const asking = only.health.openServers();
    expect(only.health.onlyServer()).toBeNull();
    only.asked.at(-1)?.resolve({ server: "a", status: "open", ...room });
    await asking;
    expect(only.health.onlyServer()).toBe("a");
  });

  test.each<ServerCapacity>([
    { server: "a", status: "full", freeConnections: 0 },
    { server: "a", status: "down", cause: new Error("away") },
  ])("is not known after it answered otherwise: $status", async (no) => {
    const only = createServers("a");
    await ask(only, { server: "a", status: "open", ...room });
    await ask(only, no);
    expect([only.health.onlyServer(), only.health.latest()]).toEqual([null, [no]]);
  });

  test("is not known among several", async () => {
    const two = createServers("a", "b");
    const answered = two.health.openServers();
    for (const [index, server] of ["a", "b"].entries()) two.asked[index]?.resolve({ server, status: "open", ...room });
    await answered;
    expect(two.health.onlyServer()).toBeNull();
  });
});

test.each(["redis", "s3", "nothing"])("%s has no pool: a configuration that names one is refused", (engine) => {
  expect(() => readEnv({ BRIDGE_POOLS: JSON.stringify({ [engine]: { min: 1, max: 2 } }) })).toThrow(/BRIDGE_POOLS/);
});
