/** Guarantee: an inbox takes requests from its open to its end and not beyond; closed, it holds nothing and stays closed. */

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type InboxRecord, REPLAYS_PER_MINUTE } from "../../contract/webhook-inbox.ts";
import { ASK_AFTER_MS, ASK_EVERY_MS, TOMBSTONE_MS } from "../../durable-objects/webhook-inbox/lease.ts";
import { gateway } from "./gateway.ts";
import { ALL, arrival, bodies, DAY_MS, type Inbox, LIMITS, NOON, OPENING, opened, post, RESOURCE_ID, tablesOf, unopened } from "./inbox.ts";

beforeEach(() => {
  gateway.reset();
  // Only the date is faked: timers of the runtime stay real.
  vi.useFakeTimers({ toFake: ["Date"], now: NOON });
});
afterEach(() => vi.useRealTimers());

describe("an inbox nobody opened", () => {
  it("takes nothing, shows nothing and comes to hold nothing", async () => {
    const inbox = unopened();
    const asked = [
      await inbox.receive(arrival("x")),
      await inbox.list(ALL),
      await inbox.next({ after: null, waitMs: 0 }),
      await inbox.read("req_00000000000001"),
      await inbox.takeReplay("req_00000000000001"),
    ];
    expect(asked.map(({ outcome }) => outcome)).toEqual(asked.map(() => "missing"));
    expect(await inbox.adjust(OPENING)).toBe("closed");
    expect(await tablesOf(inbox)).toEqual([]);
    expect(await runInDurableObject(inbox, (_, state) => state.storage.getAlarm())).toBeNull();
  });
});

describe("the lease", () => {
  it("is over at its millisecond, for posts and readers alike", async () => {
    const inbox = await opened();
    const { id } = await post(inbox, "a");
    vi.setSystemTime(NOON + DAY_MS - 1);
    await post(inbox, "b");
    vi.setSystemTime(NOON + DAY_MS);
    const asked = [await inbox.receive(arrival("c")), await inbox.list(ALL), await inbox.read(id), await inbox.takeReplay(id)];
    expect(asked.map(({ outcome }) => outcome)).toEqual(asked.map(() => "gone"));
  });

  it("changes with a claim: more room, no end; less room evicts", async () => {
    const inbox = await opened();
    for (const body of ["a", "b", "c"]) await post(inbox, body);
    expect(await inbox.adjust({ limits: { requests: 2, bytes: 1_000_000 }, expiresAt: null })).toBe("open");
    expect(await bodies(inbox)).toEqual(["c", "b"]);
    vi.setSystemTime(NOON + 365 * DAY_MS);
    await post(inbox, "d");
    expect(await bodies(inbox)).toEqual(["d", "c"]);
  });

  it("is paused and taken up again by the newest row; an older word that comes late counts no more", async () => {
    const inbox = await opened();
    await post(inbox, "a");
    const adjust = (isPaused: boolean, generation: number) =>
      inbox.adjust({ limits: LIMITS, expiresAt: null, pause: { isPaused, generation } });
    await adjust(true, 2);
    await adjust(true, 2);
    expect(await inbox.receive(arrival("b"))).toEqual({ outcome: "paused" });
    expect(await bodies(inbox)).toEqual(["a"]);
    await evictDurableObject(inbox);
    expect(await inbox.receive(arrival("b"))).toEqual({ outcome: "paused" });
    await adjust(false, 4);
    await adjust(true, 3);
    await post(inbox, "c");
    await adjust(true, 5);
    // Limits alone, as after a claim, say nothing of it.
    await inbox.adjust({ limits: LIMITS, expiresAt: null });
    expect(await inbox.receive(arrival("d"))).toEqual({ outcome: "paused" });
    expect(await bodies(inbox)).toEqual(["c", "a"]);
  });

  it("of an inbox that an older version opened counts as it is", async () => {
    const inbox = await opened();
    await runInDurableObject(inbox, (_, state) => state.storage.sql.exec("DROP TABLE pause"));
    await evictDurableObject(inbox);
    await post(inbox, "a");
  });

  /** The alarm rings, with the platform's row as `record` says; whether the inbox is still open then. */
  async function isOpenAfter(inbox: Inbox, atMs: number, record: InboxRecord): Promise<boolean> {
    gateway.onInboxRecord = async (resourceId) => (resourceId === RESOURCE_ID ? record : { state: "gone" });
    vi.setSystemTime(atMs);
    await runDurableObjectAlarm(inbox);
    const rows = await runInDurableObject(inbox, (_, state) =>
      state.storage.sql.exec<{ is_open: number }>("SELECT is_open FROM inbox").toArray(),
    );
    return rows[0]?.is_open === 1;
  }
  const ASKED_AT = NOON + DAY_MS + ASK_AFTER_MS;
  const UNKNOWN: InboxRecord = { state: "unknown" };

  it("that nobody ended ends itself a day later, row or no row, and leaves a tombstone", async () => {
    for (const record of [UNKNOWN, { state: "gone" }, { state: "kept", ...OPENING }] as InboxRecord[]) {
      const inbox = await opened();
      await post(inbox, "a");
      expect(await isOpenAfter(inbox, ASKED_AT - 1, record)).toBe(true);
      expect(await isOpenAfter(inbox, ASKED_AT, record)).toBe(false);
      expect(await runInDurableObject(inbox, (_, state) => state.storage.sql.exec("SELECT 1 FROM requests").toArray())).toEqual([]);
      expect(await inbox.open(OPENING)).toBe("closed");
      vi.setSystemTime(NOON);
    }
  });

  it("that was claimed, and nobody told the inbox, is what the row says", async () => {
    const inbox = await opened();
    await post(inbox, "a");
    expect(await isOpenAfter(inbox, ASKED_AT, { state: "kept", limits: LIMITS, expiresAt: null })).toBe(true);
    await post(inbox, "b");
    expect(await bodies(inbox)).toEqual(["b", "a"]);
  });

  it("without an end is looked after every week: it goes with its row's end, and not with a row that is missing", async () => {
    const inbox = await opened({ expiresAt: null });
    await post(inbox, "a");
    const week = (count: number) => NOON + count * ASK_EVERY_MS;
    expect(await isOpenAfter(inbox, week(1) - 1, { state: "gone" })).toBe(true);
    expect(await isOpenAfter(inbox, week(1), { state: "kept", limits: LIMITS, expiresAt: null })).toBe(true);
    expect(await isOpenAfter(inbox, week(2), UNKNOWN)).toBe(true);
    expect(await bodies(inbox)).toEqual(["a"]);
    expect(await isOpenAfter(inbox, week(3), { state: "gone" })).toBe(false);
  });

  it("stays as it is while the platform cannot say", async () => {
    const inbox = await opened();
    gateway.onInboxRecord = () => Promise.reject(new Error("platform database down"));
    vi.setSystemTime(ASKED_AT);
    await runDurableObjectAlarm(inbox).catch(() => undefined);
    const armed = await runInDurableObject(inbox, (_, state) => state.storage.getAlarm());
    expect(armed).toBeGreaterThan(ASKED_AT);
    expect(await isOpenAfter(inbox, ASKED_AT, { state: "kept", limits: LIMITS, expiresAt: null })).toBe(true);
  });
});

describe("a closed inbox", () => {
  it("holds nothing, takes nothing, and does not rise again, however often it is closed", async () => {
    const inbox = await opened();
    const { id } = await post(inbox, "a");
    await inbox.close();
    await inbox.close();
    expect(await inbox.open(OPENING)).toBe("closed");
    expect(await inbox.adjust(OPENING)).toBe("closed");
    const asked = [
      await inbox.receive(arrival("b")),
      await inbox.list(ALL),
      await inbox.read(id),
      await inbox.next({ after: null, waitMs: 0 }),
    ];
    expect(asked.map(({ outcome }) => outcome)).toEqual(asked.map(() => "gone"));
    await evictDurableObject(inbox);
    expect(await inbox.open(OPENING)).toBe("closed");
    const rows = await runInDurableObject(inbox, (_, state) => state.storage.sql.exec("SELECT * FROM requests").toArray());
    expect(rows).toEqual([]);
  });

  it("refuses the open that its close has overtaken", async () => {
    const inbox = unopened();
    await inbox.close();
    expect(await inbox.open(OPENING)).toBe("closed");
    expect(await inbox.receive(arrival("a"))).toEqual({ outcome: "gone" });
  });

  it("is forgotten whole after a week", async () => {
    const inbox = await opened();
    await inbox.close();
    vi.setSystemTime(NOON + TOMBSTONE_MS - 1);
    await runDurableObjectAlarm(inbox);
    expect(await inbox.receive(arrival("a"))).toEqual({ outcome: "gone" });
    vi.setSystemTime(NOON + TOMBSTONE_MS);
    await runDurableObjectAlarm(inbox);
    expect(await tablesOf(inbox)).toEqual([]);
    expect(await inbox.receive(arrival("a"))).toEqual({ outcome: "missing" });
    expect(await runInDurableObject(inbox, (_, state) => state.storage.getAlarm())).toBeNull();
  });
});

describe("opening", () => {
  it("twice is once: what came in between stays, and the later words count", async () => {
    const inbox = await opened();
    await post(inbox, "a");
    const response = { status: 202, contentType: "text/plain", body: "thanks" } as const;
    expect(await inbox.open({ ...OPENING, response })).toBe("open");
    expect((await post(inbox, "b")).response).toEqual(response);
    await evictDurableObject(inbox);
    expect((await post(inbox, "c")).response).toEqual(response);
    expect(await bodies(inbox)).toEqual(["c", "b", "a"]);
  });
});

describe("replays", () => {
  it(`are ${REPLAYS_PER_MINUTE} a minute`, async () => {
    const inbox = await opened();
    const { id } = await post(inbox, "a");
    for (let i = 1; i <= REPLAYS_PER_MINUTE; i += 1) {
      expect(await inbox.takeReplay(id)).toMatchObject({
        request: { id },
        allowance: { allowed: true, remaining: REPLAYS_PER_MINUTE - i },
      });
    }
    expect(await inbox.takeReplay(id)).toMatchObject({ request: null, allowance: { allowed: false, resetsInSeconds: 60 } });
    await evictDurableObject(inbox);
    vi.setSystemTime(NOON + 59_999);
    expect(await inbox.takeReplay(id)).toMatchObject({ allowance: { allowed: false } });
    vi.setSystemTime(NOON + 60_000);
    expect(await inbox.takeReplay(id)).toMatchObject({ request: { id } });
  });
});
