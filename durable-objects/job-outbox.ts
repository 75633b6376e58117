/**
 * Jobs that must happen. Each is kept from `enqueue` until the platform answers that it is done, and retried with backoff. A job that fails
 * too often is dead: operators see it, and the platform's cron revives it at a slow pace. One object serves a share of all resources
 * (`outboxShardOf`) and works through its jobs one at a time.
 */
import { DurableObject } from "cloudflare:workers";
import type { DeadJob, OutboxJob, OutboxObject, OutboxState, TryOutcome } from "../contract/outbox.ts";
import { platformActions } from "./actions.ts";
import { dueJobs, keepJobs, nextJobDue, outboxState, postponeJob, removeJob, reviveJobs } from "./outbox/jobs.ts";
import { createTables } from "./outbox/tables.ts";
import { armAlarm, backoffMs, systemRuntime } from "./runtime.ts";

/** Jobs of one alarm; the next alarm follows at once. */
const BATCH = 25;
/** So many failures in a row mean that the bridge is away: the alarm ends, so that no alarm runs long. */
const FAILURES_BEFORE_PAUSE = 3;
const RETRY = { baseMs: 1_000, capMs: 30_000 };
/** Tries before a job is dead: about an hour of them. */
export const TRIES_MAX = 200;
/** Tries of a job that the bridge refuses for good: more than one, because a change of keys takes a moment to reach both sides. */
export const REFUSED_TRIES_MAX = 5;

export class JobOutbox extends DurableObject<unknown> implements OutboxObject {
  readonly #runtime = systemRuntime;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    createTables(ctx.storage.sql);
  }

  async enqueue(jobs: OutboxJob[]): Promise<void> {
    keepJobs(this.ctx.storage.sql, jobs, this.#runtime.now());
    await this.#arm();
  }

  async state(): Promise<OutboxState> {
    return outboxState(this.ctx.storage.sql, this.#runtime.now());
  }

  async revive(limit: number): Promise<DeadJob[]> {
    const revived = reviveJobs(this.ctx.storage.sql, this.#runtime.now(), limit);
    await this.#arm();
    return revived;
  }

  override async alarm(): Promise<void> {
    try {
      await this.#workThroughBatch();
    } finally {
      await this.#arm();
    }
  }

  async #workThroughBatch(): Promise<void> {
    const sql = this.ctx.storage.sql;
    let failuresInARow = 0;
    for (const { job, attempts, ...name } of dueJobs(sql, this.#runtime.now(), BATCH)) {
      const outcome = await this.#try(job);
      if (outcome.ok) {
        removeJob(sql, name);
        failuresInARow = 0;
        continue;
      }
      const nowMs = this.#runtime.now();
      const tries = attempts + 1;
      const isDead = tries >= (outcome.retryable ? TRIES_MAX : REFUSED_TRIES_MAX);
      const dueAt = isDead ? null : nowMs + RETRY.baseMs + backoffMs(tries, RETRY, this.#runtime);
      postponeJob(sql, name, { code: outcome.code, dueAt, nowMs });
      failuresInARow += 1;
      if (failuresInARow >= FAILURES_BEFORE_PAUSE) return;
    }
  }

  async #try(job: OutboxJob | null): Promise<TryOutcome> {
    if (job === null) return { ok: false, code: "malformed_payload", retryable: false };
    try {
      return await platformActions(this.ctx).perform(job);
    } catch {
      return { ok: false, code: "no_answer", retryable: true };
    }
  }

  async #arm(): Promise<void> {
    const due = nextJobDue(this.ctx.storage.sql);
    if (due !== null) await armAlarm(this.ctx.storage, due, this.#runtime);
  }
}
