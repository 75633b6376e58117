/** Guarantee: what an inbox has answered it holds, in order, until its ring evicts it, and whoever waits for it gets it. */

import { evictDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Arrival, PAGE_MAX_BYTES, RECEIVE_MAX_BYTES, REQUEST_ID_PATTERN } from "../../contract/webhook-inbox.ts";
import { WAITERS_MAX } from "../../durable-objects/webhook-inbox/waiters.ts";
import { gateway } from "./gateway.ts";
import { bodies, bytes, DAY_MS, NOON, opened, page, post, text, WORDS } from "./inbox.ts";

beforeEach(() => {
  gateway.reset();
  // Only the date is faked: timers of the runtime stay real.
  vi.useFakeTimers({ toFake: ["Date"], now: NOON });
});
afterEach(() => vi.useRealTimers());

describe("what is received", () => {
  it("comes back as it came, byte for byte", async () => {
    const inbox = await opened();
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const sent: Arrival = {
      method: "PROPFIND",
      path: "/a//b/%2F",
      query: "a=1&a=%zz",
      // A header may be called so; it must not become anybody's prototype.
      headers: { "x-é": ["ü", ""], ["__proto__"]: ["x"] },
      body: every,
    };
    const { id } = await post(inbox, "");
    const receipt = await inbox.receive(sent);
    expect(receipt).toMatchObject({ outcome: "stored", rotated: false, response: null });
    const { requests } = await page(inbox);
    expect(requests[0]).toMatchObject({ ...sent, body: every, receivedAt: NOON });
    expect(Object.keys(requests[0]?.headers ?? {})).toEqual(["x-é", "__proto__"]);
    expect(requests[1]).toMatchObject({ id, body: new Uint8Array() });
    expect(await inbox.read(id)).toMatchObject({ outcome: "found", request: { id } });
    expect(await inbox.read("req_00000000000001")).toEqual({ outcome: "found", request: null });
  });

  it("is all there after the object slept, and what comes then goes on from it", async () => {
    const inbox = await opened({ limits: { requests: 3, bytes: 1_000_000 } });
    for (const body of ["a", "b", "c"]) await post(inbox, body);
    await evictDurableObject(inbox);
    expect((await post(inbox, "d")).rotated).toBe(true);
    expect(await bodies(inbox)).toEqual(["d", "c", "b"]);
    expect(await page(inbox)).toMatchObject({ total: 3, bytes: 3 * (WORDS + 1) });
    expect(await inbox.usage()).toEqual({ outcome: "used", requests: 3, bytes: 3 * (WORDS + 1) });
  });

  it("has ids that sort as it came, in one millisecond and when the clock goes back", async () => {
    const inbox = await opened({ limits: { requests: 10_000, bytes: 1_000_000 } });
    const ids: string[] = [];
    for (let i = 0; i < 20; i += 1) ids.push((await post(inbox, "x")).id);
    vi.setSystemTime(NOON - 60_000);
    ids.push((await post(inbox, "x")).id);
    vi.setSystemTime(NOON + 60_000);
    ids.push((await post(inbox, "x")).id);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(REQUEST_ID_PATTERN);
  });

  it("in parallel is all there once, in the order of its ids", async () => {
    const inbox = await opened({ limits: { requests: 200, bytes: 1_000_000 } });
    const receipts = await Promise.all(Array.from({ length: 200 }, (_, index) => post(inbox, String(index))));
    const byId = receipts.map(({ id }, index) => ({ id, body: String(index) })).sort((a, b) => (a.id < b.id ? 1 : -1));
    const kept = [...(await page(inbox)).requests, ...(await page(inbox, { before: byId[99]?.id ?? "" })).requests];
    expect(kept.map(({ id, body }) => ({ id, body: text(body) }))).toEqual(byId);
  });
});

describe("the ring", () => {
  it("keeps n requests and evicts the oldest at n+1", async () => {
    const inbox = await opened({ limits: { requests: 3, bytes: 1_000_000 } });
    const rotated: boolean[] = [];
    for (const body of ["a", "b", "c", "d", "e"]) rotated.push((await post(inbox, body)).rotated);
    expect(rotated).toEqual([false, false, false, true, true]);
    expect(await bodies(inbox)).toEqual(["e", "d", "c"]);
  });

  it.each([
    ["n-1", -1, false],
    ["n", 0, false],
    ["n+1", 1, true],
  ])("evicts by bytes at exactly the limit: %s", async (_what, beyond, evicts) => {
    const limit = 3_000;
    const inbox = await opened({ limits: { requests: 100, bytes: limit } });
    await post(inbox, "x".repeat(1_000));
    await post(inbox, "y".repeat(1_000));
    const last = limit - 2_000 - 3 * WORDS + beyond;
    expect((await post(inbox, "z".repeat(last))).rotated).toBe(evicts);
    expect(await page(inbox)).toMatchObject({ total: evicts ? 2 : 3, bytes: evicts ? limit + 1 - 1_000 - WORDS : limit + beyond });
  });

  it("evicts as many as it must for one large request, and never the newest", async () => {
    const inbox = await opened({ limits: { requests: 100, bytes: 2_000 } });
    for (let i = 0; i < 10; i += 1) await post(inbox, String(i));
    expect((await post(inbox, "x".repeat(1_990))).rotated).toBe(true);
    expect(await page(inbox)).toMatchObject({ total: 1 });
    expect((await post(inbox, "y".repeat(5_000))).rotated).toBe(true);
    expect(await bodies(inbox)).toEqual(["y".repeat(5_000)]);
  });

  it("counts words and headers, in UTF-8", async () => {
    const inbox = await opened();
    await inbox.receive({ method: "PUT", path: "/ü", query: "é", headers: { a: ["ö"] }, body: bytes("ß") });
    expect((await page(inbox)).bytes).toBe(3 + 3 + 2 + bytes('{"a":["ö"]}').byteLength + 2);
  });
});

describe("a page", () => {
  it("goes from newest to oldest, page by page, while more come in", async () => {
    const inbox = await opened();
    for (const body of ["a", "b", "c", "d", "e"]) await post(inbox, body);
    const first = await page(inbox, { limit: 2 });
    expect(first.requests.map(({ body }) => text(body))).toEqual(["e", "d"]);
    await post(inbox, "f");
    const second = await page(inbox, { limit: 2, before: first.next });
    expect(second.requests.map(({ body }) => text(body))).toEqual(["c", "b"]);
    // What came meanwhile evicted the last one.
    expect([second.next, second.total]).toEqual([null, 5]);
  });

  it("of exactly all there is has no next one", async () => {
    const inbox = await opened();
    for (const body of ["a", "b"]) await post(inbox, body);
    expect(await page(inbox, { limit: 2 })).toMatchObject({ next: null });
    expect((await page(inbox, { limit: 1 })).next).not.toBeNull();
  });

  it("begins after an id, or at a moment", async () => {
    const inbox = await opened();
    const { id } = await post(inbox, "a");
    vi.setSystemTime(NOON + 1_000);
    await post(inbox, "b");
    vi.setSystemTime(NOON + 2_000);
    await post(inbox, "c");
    expect(await bodies(inbox, { after: id })).toEqual(["c", "b"]);
    expect(await bodies(inbox, { sinceMs: NOON + 1_000 })).toEqual(["c", "b"]);
    expect(await bodies(inbox, { sinceMs: NOON + 1_001 })).toEqual(["c"]);
    expect(await bodies(inbox, { sinceMs: NOON + 2_001 })).toEqual([]);
  });

  it("ends before it is too large, but never before its first request", async () => {
    const inbox = await opened({ limits: { requests: 100, bytes: 100 * RECEIVE_MAX_BYTES } });
    const fits = Math.floor(PAGE_MAX_BYTES / (RECEIVE_MAX_BYTES + WORDS));
    for (let i = 0; i < fits + 2; i += 1) await post(inbox, new Uint8Array(RECEIVE_MAX_BYTES));
    const first = await page(inbox);
    expect([first.requests.length, first.total]).toEqual([fits, fits + 2]);
    const second = await page(inbox, { before: first.next });
    expect([second.requests.length, second.next]).toEqual([2, null]);
  });
});

describe("waiting for the next request", () => {
  it("answers the oldest after the cursor at once, and walks through all of them", async () => {
    const inbox = await opened();
    for (const body of ["a", "b"]) await post(inbox, body);
    const first = await inbox.next({ after: null, waitMs: 0 });
    if (first.outcome !== "arrived") throw new Error(first.outcome);
    const second = await inbox.next({ after: first.request.id, waitMs: 0 });
    if (second.outcome !== "arrived") throw new Error(second.outcome);
    expect([text(first.request.body), text(second.request.body), first.missed, second.missed]).toEqual(["a", "b", false, false]);
    expect(await inbox.next({ after: second.request.id, waitMs: 0 })).toEqual({ outcome: "none" });
  });

  it("wakes everybody who waits when one arrives", async () => {
    const inbox = await opened();
    const waiting = Array.from({ length: WAITERS_MAX }, () => inbox.next({ after: null, waitMs: 20_000 }));
    const { id } = await post(inbox, "a");
    for (const next of await Promise.all(waiting)) expect(next).toMatchObject({ outcome: "arrived", request: { id } });
  });

  it("ends when its time is over, when the lease is, and at once beyond the bound", async () => {
    const inbox = await opened();
    expect(await inbox.next({ after: null, waitMs: 30 })).toEqual({ outcome: "none" });
    vi.setSystemTime(NOON + DAY_MS - 30);
    expect(await inbox.next({ after: null, waitMs: 20_000 })).toEqual({ outcome: "none" });
    vi.setSystemTime(NOON);
    const waiting = Array.from({ length: WAITERS_MAX }, () => inbox.next({ after: null, waitMs: 20_000 }));
    expect(await inbox.next({ after: null, waitMs: 20_000 })).toEqual({ outcome: "none" });
    await inbox.close();
    for (const next of await Promise.all(waiting)) expect(next).toEqual({ outcome: "gone" });
  });

  it("says when the ring evicted something in between", async () => {
    const inbox = await opened({ limits: { requests: 2, bytes: 1_000_000 } });
    const { id: a } = await post(inbox, "a");
    const { id: b } = await post(inbox, "b");
    for (const body of ["c", "d"]) await post(inbox, body);
    expect(await inbox.next({ after: b, waitMs: 0 })).toMatchObject({ outcome: "arrived", missed: false });
    expect(await inbox.next({ after: a, waitMs: 0 })).toMatchObject({ outcome: "arrived", missed: true });
    expect(await inbox.next({ after: null, waitMs: 0 })).toMatchObject({ outcome: "arrived", missed: false });
  });
});
