/** Why the bridge does not do a job. The texts and statuses are in `contract/jobs.ts`. */
import { REFUSALS, type RefusalCode } from "../contract/jobs.ts";

export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, options?: { cause?: unknown }) {
    super(`${code}: ${REFUSALS[code].message}`, options);
    this.name = "Refusal";
    this.code = code;
  }
}

/** The refusal an error stands for; an unknown error becomes `internal_error` and keeps its cause. */
export function refusalOf(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal("internal_error", { cause: error });
}
