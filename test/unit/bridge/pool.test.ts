/** The pool's pure parts: how many it wants, and when a server counts as alive. */
import { describe, expect, test } from "vitest";
import type { ServerCapacity } from "../../../provisioner-bridge/engines/engine.ts";
import { readEnv } from "../../../provisioner-bridge/env.ts";
import { createPulse, PATIENCE_MS } from "../../../provisioner-bridge/pool/pulse.ts";
import { createSigns } from "../../../provisioner-bridge/pool/signs.ts";
import { firstSigns, GRACE_MS } from "../../../provisioner-bridge/pool/soon.ts";
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

describe("a sign of life", () => {
  /** A server whose answers the test gives. */
  function createServer() {
    const asked: PromiseWithResolvers<string>[] = [];
    const clock = createManualClock();
    const ask = () => {
      const one = Promise.withResolvers<string>();
      asked.push(one);
      return one.promise;
    };
    const pulse = createPulse(ask, "down", clock);
    return { asked, clock, pulse };
  }

  test("is asked for after the call: one that is under way does not count, and all that wait share the next", async () => {
    const { asked, pulse } = createServer();
    const first = pulse();
    const later = [pulse(), pulse(), pulse()];
    await settle();
    expect(asked).toHaveLength(1);
    asked[0]?.resolve("open");
    expect(await first).toBe("open");
    await settle();
    expect(asked).toHaveLength(2);
    asked[1]?.reject(new Error("gone"));
    expect(await Promise.all(later)).toEqual(["down", "down", "down"]);
    const again = pulse();
    await settle();
    asked[2]?.resolve("open");
    expect(await again).toBe("open");
  });

  test("that does not come in time: whoever waited behind the open question waits for no second one", async () => {
    const { asked, clock, pulse } = createServer();
    const waiting = [pulse(), pulse()];
    clock.advance(PATIENCE_MS);
    expect(await Promise.all(waiting)).toEqual(["down", "down"]);
    expect(asked).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test("that does not come in time is none, and nobody waits again until it came", async () => {
    const { asked, clock, pulse } = createServer();
    const first = pulse();
    clock.advance(PATIENCE_MS - 1);
    await settle();
    clock.advance(1);
    expect(await first).toBe("down");
    expect(await pulse()).toBe("down");
    expect(asked).toHaveLength(1);
    asked[0]?.resolve("open");
    await settle();
    const again = pulse();
    await settle();
    asked[1]?.resolve("open");
    expect(await again).toBe("open");
    expect(clock.timers).toBe(0);
  });
});

describe("signs of several servers", () => {
  function createServers() {
    const clock = createManualClock();
    const [fast, slow] = [Promise.withResolvers<string | null>(), Promise.withResolvers<string | null>()];
    const heard: string[][] = [];
    void firstSigns([slow.promise, fast.promise], clock).then((servers) => heard.push(servers));
    return { clock, fast, slow, heard };
  }

  test.each([
    [GRACE_MS - 1, ["fast", "slow"]],
    [GRACE_MS, ["fast"]],
  ])("one that comes %i ms after the first: %j are taken", async (afterMs, taken) => {
    const { clock, fast, slow, heard } = createServers();
    clock.advance(900);
    fast.resolve("fast");
    await settle();
    clock.advance(afterMs);
    slow.resolve("slow");
    await settle();
    expect(heard).toEqual([taken]);
    expect(clock.timers).toBe(0);
  });

  test("a no is not the first: whoever may still answer is waited for", async () => {
    const { clock, fast, slow, heard } = createServers();
    fast.resolve(null);
    await settle();
    clock.advance(10 * GRACE_MS);
    await settle();
    expect(heard).toEqual([]);
    slow.resolve("slow");
    await settle();
    expect(heard).toEqual([["slow"]]);
  });

  test("of no server at all there are none", async () => {
    expect(await firstSigns([], createManualClock())).toEqual([]);
  });
});

describe("the only server", () => {
  const room = { maxTenants: 9, connectionBudget: 9, storageBudgetMb: 9, freeConnections: 9 };
  function createServers(...servers: string[]) {
    const asked: PromiseWithResolvers<ServerCapacity>[] = [];
    const pulse = () => {
      const one = Promise.withResolvers<ServerCapacity>();
      asked.push(one);
      return one.promise;
    };
    return { asked, signs: createSigns({ servers, pulse }, createManualClock()) };
  }
  /** Asks, and has the server answer. */
  async function ask({ asked, signs }: ReturnType<typeof createServers>, answer: ServerCapacity): Promise<void> {
    const answered = signs.soon();
    asked.at(-1)?.resolve(answer);
    await answered;
  }

  test("is known when it has said that it has room, and not while it is being asked: one that hangs is handed one tenant of", async () => {
    const only = createServers("a");
    expect(only.signs.sole()).toBeNull();
    await ask(only, { server: "a", status: "open", ...room });
    expect(only.signs.sole()).toBe("a");
    const asking = only.signs.soon();
    expect(only.signs.sole()).toBeNull();
    only.asked.at(-1)?.resolve({ server: "a", status: "open", ...room });
    await asking;
    expect(only.signs.sole()).toBe("a");
  });

  test.each<ServerCapacity>([
    { server: "a", status: "full", freeConnections: 0 },
    { server: "a", status: "down", cause: new Error("away") },
  ])("is not, once it has said otherwise: $status", async (no) => {
    const only = createServers("a");
    await ask(only, { server: "a", status: "open", ...room });
    await ask(only, no);
    expect([only.signs.sole(), only.signs.latest()]).toEqual([null, [no]]);
  });

  test("is none of several", async () => {
    const two = createServers("a", "b");
    const answered = two.signs.soon();
    for (const [index, server] of ["a", "b"].entries()) two.asked[index]?.resolve({ server, status: "open", ...room });
    await answered;
    expect(two.signs.sole()).toBeNull();
  });
});

test.each(["redis", "s3", "nothing"])("%s has no pool: a configuration that names one is refused", (engine) => {
  expect(() => readEnv({ BRIDGE_POOLS: JSON.stringify({ [engine]: { min: 1, max: 2 } }) })).toThrow(/BRIDGE_POOLS/);
});
