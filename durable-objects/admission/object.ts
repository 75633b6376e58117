/**
 * One object per caller, a fingerprint or a team (its scope is the object's name): rate, daily count, living resources, idempotency
 * keys and intents. Promises: a slot is taken exactly once per resource; one key makes one resource; an admitted create ends with its
 * row written or with the abandonment of its resource, even when the create never reports back.
 */
import { DurableObject } from "cloudflare:workers";
import {
  type Admission,
  type AdmissionObject,
  type AdmitRequest,
  type AdmittedKind,
  type Allowance,
  DUPLICATE_WAIT_MS,
  type Failure,
  type SealedAnswer,
} from "../../contract/admission.ts";
import { platformActions } from "../actions.ts";
import { armAlarm, type Runtime, systemRuntime } from "../runtime.ts";
import { admitRate, decide } from "./admit.ts";
import { abandonDueIntents, cleanUp, cleanUpTime } from "./alarm.ts";
import { countRequest, giveSlotBack } from "./counters.ts";
import { closeIntent, findIntent, nextIntentDue, releaseIntent } from "./intents.ts";
import { forgetKeysOf, releaseKey, storeAnswer } from "./keys.ts";
import { countLiving, uncount } from "./living.ts";
import { createTables } from "./tables.ts";
import { endUpload, takePlace } from "./uploads.ts";
import { WaitingRoom } from "./waiting.ts";

const ALARM_RETRY_MS = 5_000;

export class AdmittingObject extends DurableObject<unknown> implements AdmissionObject {
  readonly #waiting = new WaitingRoom();
  readonly #runtime = systemRuntime;
  #hasTables = false;

  /** The tables are made at the first use, and again after a clean-up removed everything. */
  get #sql(): SqlStorage {
    if (!this.#hasTables) createTables(this.ctx.storage.sql);
    this.#hasTables = true;
    return this.ctx.storage.sql;
  }

  async admit(request: AdmitRequest): Promise<Admission> {
    const sql = this.#sql;
    const { allowed, rate } = admitRate(sql, request, this.#runtime.now());
    if (!allowed) return { outcome: "rate_limited", rate, daily: null };
    const giveUpAt = this.#runtime.now() + DUPLICATE_WAIT_MS;
    for (;;) {
      const decision = decide(sql, request, rate, this.#runtime.now());
      if (decision.outcome === "proceed") await armAlarm(this.ctx.storage, nextWake(this.#sql, this.#runtime), this.#runtime);
      if (decision.outcome !== "wait") return decision;
      const ended = await this.#waiting.wait(decision.resourceId, giveUpAt - this.#runtime.now());
      if (ended === "timeout") return { outcome: "key_in_progress", rate, daily: null };
      if (ended !== "decide_again") return { outcome: "failed", error: ended.error, rate, daily: null };
    }
  }

  async count(ratePerMinute: number): Promise<Allowance & { allowed: boolean }> {
    const counted = countRequest(this.#sql, ratePerMinute, this.#runtime.now());
    await armAlarm(this.ctx.storage, nextWake(this.#sql, this.#runtime), this.#runtime);
    return counted;
  }

  async finish(resourceId: string, answer: SealedAnswer | null): Promise<void> {
    const sql = this.#sql;
    closeIntent(sql, resourceId);
    if (answer) storeAnswer(sql, resourceId, answer);
    this.#waiting.release(resourceId, "decide_again");
  }

  async fail(resourceId: string, attempt: number, { error, jobSent }: Failure, resumeMs: number): Promise<void> {
    const sql = this.#sql;
    const intent = findIntent(sql, resourceId);
    if (!intent || intent.attempt !== attempt || intent.abandoning) return;
    if (intent.slot_day) giveSlotBack(sql, intent.slot_day);
    uncount(sql, resourceId);
    if (attempt === 1 && !jobSent) {
      closeIntent(sql, resourceId);
      forgetKeysOf(sql, resourceId);
    } else {
      const hasKey = releaseKey(sql, resourceId);
      releaseIntent(sql, resourceId, this.#runtime.now() + (hasKey ? resumeMs : 0));
    }
    this.#waiting.release(resourceId, { error });
    await armAlarm(this.ctx.storage, nextWake(this.#sql, this.#runtime), this.#runtime);
  }

  async forget(resourceId: string): Promise<void> {
    forgetKeysOf(this.#sql, resourceId);
  }

  async attach(resources: Array<{ resourceId: string; kind: AdmittedKind }>): Promise<void> {
    for (const { resourceId, kind } of resources) countLiving(this.#sql, resourceId, kind);
  }

  async detach(resourceId: string): Promise<void> {
    uncount(this.#sql, resourceId);
    forgetKeysOf(this.#sql, resourceId);
  }

  async beginUpload(uploadId: string, places: { max: number; leaseMs: number }): Promise<boolean> {
    const isTaken = takePlace(this.#sql, uploadId, places, this.#runtime.now());
    await armAlarm(this.ctx.storage, nextWake(this.#sql, this.#runtime), this.#runtime);
    return isTaken;
  }

  async endUpload(uploadId: string): Promise<void> {
    endUpload(this.#sql, uploadId);
  }

  override async alarm(): Promise<void> {
    let wakeAt: number | null = this.#runtime.now() + ALARM_RETRY_MS;
    try {
      await abandonDueIntents({ sql: this.#sql, actions: platformActions(this.ctx), runtime: this.#runtime, waiting: this.#waiting });
      wakeAt = cleanUp(this.#sql, this.#runtime);
    } finally {
      // After six failed runs the platform drops an alarm for good: always arm the next one.
      if (wakeAt !== null) await this.ctx.storage.setAlarm(wakeAt);
    }
    if (wakeAt === null) {
      this.#hasTables = false;
      await this.ctx.storage.deleteAll();
    }
  }
}

/** The earliest intent's time, or when there is nothing but to clean up. */
function nextWake(sql: SqlStorage, runtime: Runtime): number {
  return nextIntentDue(sql) ?? cleanUpTime(runtime);
}
