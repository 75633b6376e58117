/** Why the bridge does not do a job. The texts and statuses are in `contract/jobs.ts` and `contract/service-jobs.ts`. */
import type { TarballReason } from "../contract/deploys.ts";
import { REFUSALS, type RefusalCode } from "../contract/jobs.ts";
import { SERVICE_REFUSALS, type ServiceRefusalCode } from "../contract/service-jobs.ts";

export type AnyRefusalCode = RefusalCode | ServiceRefusalCode;
export const ALL_REFUSALS = { ...REFUSALS, ...SERVICE_REFUSALS };

export class Refusal extends Error {
  readonly code: AnyRefusalCode;
  /** Of `invalid_tarball` only. */
  readonly reason: TarballReason | undefined;

  constructor(code: AnyRefusalCode, options?: { cause?: unknown; reason?: TarballReason }) {
    super(`${code}: ${ALL_REFUSALS[code].message}`, options);
    this.name = "Refusal";
    this.code = code;
    this.reason = options?.reason;
  }
}

/** The refusal an error stands for; an unknown error becomes `internal_error` and keeps its cause. */
export function refusalOf(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal("internal_error", { cause: error });
}
