/** Jobs that must happen, given to the outbox object of each resource. */
import type { OutboxJob } from "../../contract/admission.ts";

export interface OutboxPort {
  /** Returns once every job is kept; giving one twice keeps it once. */
  enqueue(jobs: OutboxJob[]): Promise<void>;
}
