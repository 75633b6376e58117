/** Jobs that must happen, handed to the outbox object of each resource. */
import type { OutboxJob } from "../../contract/admission.ts";

export interface OutboxPort {
  /** Returns when every job is stored. Idempotent. */
  enqueue(jobs: OutboxJob[]): Promise<void>;
}
