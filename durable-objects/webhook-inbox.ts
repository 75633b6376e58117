/**
 * One webhook inbox. The object itself knows whether it is open and until when, so a post is one call and no SQL elsewhere.
 * Promises: what `receive` has answered is stored, in the order of its ids, until the ring evicts it; nothing enters before `open` or
 * after `close`; once closed it keeps nothing but that it was, and a late `open` cannot bring it back.
 */
import { DurableObject } from "cloudflare:workers";
import {
  type Absent,
  type Arrival,
  type InboxLease,
  type Next,
  type NextQuery,
  type Opening,
  type Page,
  type PageQuery,
  REPLAYS_PER_MINUTE,
  type Reading,
  type Receipt,
  type ReplayTurn,
  type Usage,
  type WebhookInboxObject,
} from "../contract/webhook-inbox.ts";
import { platformActions } from "./actions.ts";
import { countRequest } from "./admission/counters.ts";
import { armAlarm, systemRuntime } from "./runtime.ts";
import { idOf } from "./webhook-inbox/ids.ts";
import {
  isOver,
  isOvertaken,
  leaseAfter,
  type OpenState,
  readState,
  type State,
  TOMBSTONE_MS,
  writeClosed,
  writeOpen,
} from "./webhook-inbox/lease.ts";
import { readAfter, readOne, readPage } from "./webhook-inbox/reading.ts";
import { append, evict, totals } from "./webhook-inbox/ring.ts";
import { Waiters } from "./webhook-inbox/waiters.ts";

const ALARM_RETRY_MS = 60_000;

export class WebhookInbox extends DurableObject<unknown> implements WebhookInboxObject {
  readonly #waiters = new Waiters();
  readonly #runtime = systemRuntime;
  /** What the table says, read once; undefined until then. */
  #kept: State | null | undefined;

  get #sql(): SqlStorage {
    return this.ctx.storage.sql;
  }

  get #state(): State | null {
    if (this.#kept === undefined) this.#kept = readState(this.#sql);
    return this.#kept;
  }

  async open(opening: Opening): Promise<"open" | "closed"> {
    return this.#state?.isOpen === false ? "closed" : this.#change(opening);
  }

  async adjust(lease: InboxLease): Promise<"open" | "closed"> {
    const state = this.#state;
    if (!state?.isOpen) return "closed";
    return isOvertaken(state, lease) ? "open" : this.#change({ ...state, ...lease });
  }

  async receive(arrival: Arrival): Promise<Receipt> {
    const state = this.#open();
    if ("outcome" in state) return state;
    if (state.pause.isPaused) return { outcome: "paused" };
    const key = append(this.#sql, arrival, this.#runtime.now(), this.#runtime.random());
    const rotated = evict(this.#sql, state.limits);
    this.#waiters.wakeAll();
    return { outcome: "stored", id: idOf(key), rotated, response: state.response };
  }

  async list(query: PageQuery): Promise<Page> {
    const state = this.#open();
    if ("outcome" in state) return state;
    const { count, bytes } = totals(this.#sql);
    return { outcome: "page", ...readPage(this.#sql, query), total: count, bytes };
  }

  async next({ after, waitMs }: NextQuery): Promise<Next> {
    const giveUpAt = this.#runtime.now() + waitMs;
    for (;;) {
      const state = this.#open();
      if ("outcome" in state) return state;
      const found = readAfter(this.#sql, after);
      if (found) return { outcome: "arrived", ...found };
      const now = this.#runtime.now();
      const leftMs = Math.min(giveUpAt, state.expiresAt ?? giveUpAt) - now;
      if (leftMs <= 0 || !(await this.#waiters.wait(leftMs, now))) return { outcome: "none" };
    }
  }

  async read(id: string): Promise<Reading> {
    const state = this.#open();
    return "outcome" in state ? state : { outcome: "found", request: readOne(this.#sql, id) };
  }

  async usage(): Promise<Usage> {
    const state = this.#open();
    if ("outcome" in state) return state;
    const { count, bytes } = totals(this.#sql);
    return { outcome: "used", requests: count, bytes };
  }

  async takeReplay(id: string): Promise<ReplayTurn> {
    const state = this.#open();
    if ("outcome" in state) return state;
    const allowance = countRequest(this.#sql, REPLAYS_PER_MINUTE, this.#runtime.now());
    return { outcome: "found", request: allowance.allowed ? readOne(this.#sql, id) : null, allowance };
  }

  async close(): Promise<void> {
    const state = this.#state;
    const wakeAt = state && !state.isOpen ? state.wakeAt : this.#runtime.now() + TOMBSTONE_MS;
    if (state?.isOpen !== false) {
      // Before the first await: a concurrent call finds it closed.
      this.#kept = { isOpen: false, wakeAt };
      // Deleted rows would stay in the file's free pages: the whole file goes, and the tombstone is all there is in the next one.
      await this.ctx.storage.deleteAll();
      writeClosed(this.#sql, wakeAt);
      this.#waiters.wakeAll();
    }
    await armAlarm(this.ctx.storage, wakeAt, this.#runtime);
  }

  override async alarm(): Promise<void> {
    let wakeAt: number | null = this.#runtime.now() + ALARM_RETRY_MS;
    try {
      await this.#wake();
      wakeAt = this.#state?.wakeAt ?? null;
    } finally {
      // After six failed runs the platform drops an alarm for good: always arm the next one.
      if (wakeAt !== null) await this.ctx.storage.setAlarm(wakeAt);
    }
  }

  async #change({ resourceId, limits, expiresAt, response, pause }: Opening): Promise<"open"> {
    const opening = { resourceId, limits, expiresAt, response, ...(pause === undefined ? {} : { pause }) };
    const state = writeOpen(this.#sql, opening, this.#runtime.now());
    this.#kept = state;
    evict(this.#sql, limits);
    await this.ctx.storage.setAlarm(state.wakeAt);
    return "open";
  }

  /** The state of an inbox that takes and shows requests now. */
  #open(): OpenState | Absent {
    const state = this.#state;
    if (!state) return { outcome: "missing" };
    return state.isOpen && !isOver(state, this.#runtime.now()) ? state : { outcome: "gone" };
  }

  async #wake(): Promise<void> {
    const state = this.#state;
    if (!state || state.wakeAt > this.#runtime.now()) return;
    if (state.isOpen) return this.#askWhatBecameOfIt(state);
    this.#kept = undefined;
    await this.ctx.storage.deleteAll();
  }

  /** It was not closed: the platform's row says whether it should have been. */
  async #askWhatBecameOfIt({ resourceId }: OpenState): Promise<void> {
    const record = await platformActions(this.ctx).inboxRecord(resourceId);
    // It may have been closed or changed while the answer was on its way.
    const state = this.#state;
    if (!state?.isOpen) return;
    const lease = leaseAfter(state, record, this.#runtime.now());
    if (lease) await this.#change({ ...state, ...lease });
    else await this.close();
  }
}
