/**
 * One webhook inbox. The object itself knows whether it is open and until when, so a post is one call and no SQL elsewhere.
 * Promises: what `receive` has answered is stored, in the order of its ids, until the ring evicts it; nothing enters before `open` or
 * after `close`; once closed it keeps nothing but that it was, and a late `open` cannot bring it back.
 */
import { DurableObject } from "cloudflare:workers";
import {
  type Absent,
  type Arrival,
  type Next,
  type NextQuery,
  type Opening,
  type Page,
  type PageQuery,
  REPLAYS_PER_MINUTE,
  type Reading,
  type Receipt,
  type ReplayTurn,
  type WebhookInboxObject,
} from "../contract/webhook-inbox.ts";
import { countRequest } from "./admission/counters.ts";
import { armAlarm, systemRuntime } from "./runtime.ts";
import { idOf } from "./webhook-inbox/ids.ts";
import { isOver, type Lease, type OpenLease, readLease, TOMBSTONE_MS, wakeTime, writeClosed, writeOpen } from "./webhook-inbox/lease.ts";
import { readAfter, readOne, readPage } from "./webhook-inbox/reading.ts";
import { append, evict, totals } from "./webhook-inbox/ring.ts";
import { Waiters } from "./webhook-inbox/waiters.ts";

const ALARM_RETRY_MS = 60_000;

export class WebhookInbox extends DurableObject<unknown> implements WebhookInboxObject {
  readonly #waiters = new Waiters();
  readonly #runtime = systemRuntime;
  /** What the table says, read once; undefined until then. */
  #kept: Lease | null | undefined;

  get #sql(): SqlStorage {
    return this.ctx.storage.sql;
  }

  get #lease(): Lease | null {
    if (this.#kept === undefined) this.#kept = readLease(this.#sql);
    return this.#kept;
  }

  async open(opening: Opening): Promise<"open" | "closed"> {
    const lease = this.#lease;
    if (lease && !lease.isOpen) return "closed";
    return this.#change(opening);
  }

  async adjust({ limits, expiresAt }: Omit<Opening, "response">): Promise<"open" | "closed"> {
    const lease = this.#lease;
    if (!lease?.isOpen) return "closed";
    return this.#change({ limits, expiresAt, response: lease.response });
  }

  async receive(arrival: Arrival): Promise<Receipt> {
    const lease = this.#open();
    if ("outcome" in lease) return lease;
    const key = append(this.#sql, arrival, this.#runtime.now(), this.#runtime.random());
    const rotated = evict(this.#sql, lease.limits);
    this.#waiters.wakeAll();
    return { outcome: "stored", id: idOf(key), rotated, response: lease.response };
  }

  async list(query: PageQuery): Promise<Page> {
    const lease = this.#open();
    if ("outcome" in lease) return lease;
    const { count, bytes } = totals(this.#sql);
    return { outcome: "page", ...readPage(this.#sql, query), total: count, bytes };
  }

  async next({ after, waitMs }: NextQuery): Promise<Next> {
    const giveUpAt = this.#runtime.now() + waitMs;
    for (;;) {
      const lease = this.#open();
      if ("outcome" in lease) return lease;
      const found = readAfter(this.#sql, after);
      if (found) return { outcome: "arrived", ...found };
      const now = this.#runtime.now();
      const leftMs = Math.min(giveUpAt, lease.expiresAt ?? giveUpAt) - now;
      if (leftMs <= 0 || !(await this.#waiters.wait(leftMs, now))) return { outcome: "none" };
    }
  }

  async read(id: string): Promise<Reading> {
    const lease = this.#open();
    return "outcome" in lease ? lease : { outcome: "found", request: readOne(this.#sql, id) };
  }

  async takeReplay(id: string): Promise<ReplayTurn> {
    const lease = this.#open();
    if ("outcome" in lease) return lease;
    const allowance = countRequest(this.#sql, REPLAYS_PER_MINUTE, this.#runtime.now());
    return { outcome: "found", request: allowance.allowed ? readOne(this.#sql, id) : null, allowance };
  }

  async close(): Promise<void> {
    const lease = this.#lease;
    const forgetAt = lease && !lease.isOpen ? lease.forgetAt : this.#runtime.now() + TOMBSTONE_MS;
    if (lease?.isOpen !== false) {
      // Before anything is awaited: whoever calls meanwhile finds it closed.
      this.#kept = { isOpen: false, forgetAt };
      // Deleted rows would stay in the file's free pages: the whole file goes, and the tombstone is all there is in the next one.
      await this.ctx.storage.deleteAll();
      writeClosed(this.#sql, forgetAt);
      this.#waiters.wakeAll();
    }
    await armAlarm(this.ctx.storage, forgetAt, this.#runtime);
  }

  override async alarm(): Promise<void> {
    let wakeAt: number | null = this.#runtime.now() + ALARM_RETRY_MS;
    try {
      await this.#wake();
      wakeAt = this.#lease && wakeTime(this.#lease);
    } finally {
      // After six failed runs the platform drops an alarm for good: arm the next one whatever happened.
      if (wakeAt !== null) await this.ctx.storage.setAlarm(wakeAt);
    }
  }

  async #change(opening: Opening): Promise<"open"> {
    const lease = writeOpen(this.#sql, opening);
    this.#kept = lease;
    evict(this.#sql, lease.limits);
    const wakeAt = wakeTime(lease);
    if (wakeAt === null) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(wakeAt);
    return "open";
  }

  /** The lease of an inbox that takes and shows requests now. */
  #open(): OpenLease | Absent {
    const lease = this.#lease;
    if (!lease) return { outcome: "missing" };
    return lease.isOpen && !isOver(lease, this.#runtime.now()) ? lease : { outcome: "gone" };
  }

  async #wake(): Promise<void> {
    const lease = this.#lease;
    const due = lease && wakeTime(lease);
    if (!lease || due === null || due > this.#runtime.now()) return;
    if (lease.isOpen) return this.close();
    this.#kept = undefined;
    await this.ctx.storage.deleteAll();
  }
}
