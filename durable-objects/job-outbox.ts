/**
 * Jobs that must happen. Each is kept from `enqueue` until the platform says it is done, retried with backoff for as long as
 * that takes. One object serves a share of all resources (contract `outboxShardOf`) and works through its jobs one at a time.
 */
import { DurableObject } from "cloudflare:workers";
import type { OutboxJob, OutboxObject } from "../contract/admission.ts";
import { platformActions } from "./actions.ts";
import { dueJobs, keepJobs, nextJobDue, postponeJob, removeJob } from "./outbox/jobs.ts";
import { armAlarm, backoffMs, systemRuntime } from "./runtime.ts";

/** Jobs of one alarm; the rest follows in the next, at once. */
const BATCH = 25;
/** So many failures in a row mean the bridge is away: leave the rest for the next alarm. */
const FAILURES_BEFORE_PAUSE = 3;
const RETRY = { baseMs: 1_000, capMs: 30_000 };

export class JobOutbox extends DurableObject<unknown> implements OutboxObject {
  readonly #runtime = systemRuntime;

  async enqueue(jobs: OutboxJob[]): Promise<void> {
    keepJobs(this.ctx.storage.sql, jobs, this.#runtime.now());
    await this.#arm();
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
    const actions = platformActions(this.ctx);
    let failuresInARow = 0;
    for (const { attempts, job } of dueJobs(sql, this.#runtime.now(), BATCH)) {
      try {
        await actions.perform(job);
        removeJob(sql, job);
        failuresInARow = 0;
      } catch {
        // The Worker has logged why; here only the time of the next try matters.
        postponeJob(sql, job, this.#runtime.now() + RETRY.baseMs + backoffMs(attempts + 1, RETRY, this.#runtime));
        failuresInARow += 1;
      }
      if (failuresInARow >= FAILURES_BEFORE_PAUSE) return;
    }
  }

  async #arm(): Promise<void> {
    const due = nextJobDue(this.ctx.storage.sql);
    if (due !== null) await armAlarm(this.ctx.storage, due, this.#runtime);
  }
}
