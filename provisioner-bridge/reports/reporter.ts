/** Sends signed reports to the Worker. A report that cannot be delivered is an error for the caller, which decides when to report again. */
import { importJWK } from "jose";
import pRetry from "p-retry";
import { REPORT_AUDIENCE, REPORT_CONTENT_TYPE, REPORT_LIFETIME_MAX_SECONDS, REPORTS_PATH, type Report } from "../../contract/reports.ts";
import { MESSAGE_ALGORITHM, type PrivateJwk, signMessage } from "../../contract/signed-message.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";

/** One try. All tries together end before the report has expired. */
const TRY_TIMEOUT_MS = 8_000;
const RETRIES = { retries: 3, minTimeout: 500, factor: 3, maxTimeout: 5_000, randomize: true };
const SERVER_ERROR = 500;

/** Why a report was not taken: the Worker's status, or 0 when there was no answer. */
export class ReportError extends Error {
  readonly status: number;

  constructor(status: number, options?: { cause?: unknown }) {
    super(status === 0 ? "the Worker did not answer a report" : `the Worker answered a report with ${status}`, options);
    this.name = "ReportError";
    this.status = status;
  }
}

/** Delivers one report; tries again where the Worker did not answer or could not. @throws ReportError */
export type Reporter = (report: Report) => Promise<void>;

export type ReporterOptions = { url: string; bridgeId: string; keys: readonly [PrivateJwk, ...PrivateJwk[]]; clock: Clock; random: Random };

export function createReporter({ url, bridgeId, keys: [signer], clock, random }: ReporterOptions): Reporter {
  const key = importJWK(signer, MESSAGE_ALGORITHM);
  return async (report) => {
    // Signed once: all attempts carry the same id, so the Worker recognizes a report whose answer was lost.
    const jws = await signMessage({
      content: { ...report },
      issuer: bridgeId,
      audience: REPORT_AUDIENCE,
      id: random.uuid(),
      lifetimeSeconds: REPORT_LIFETIME_MAX_SECONDS,
      nowMs: clock.now().getTime(),
      signer: { kid: signer.kid, key: await key },
    });
    await pRetry(() => post(url + REPORTS_PATH, jws), { ...RETRIES, shouldRetry: ({ error }) => isWorthAnotherTry(error) });
  };
}

async function post(url: string, jws: string): Promise<void> {
  const init = {
    method: "POST",
    headers: { "content-type": REPORT_CONTENT_TYPE },
    body: jws,
    signal: AbortSignal.timeout(TRY_TIMEOUT_MS),
  };
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new ReportError(0, { cause });
  });
  await response.body?.cancel();
  if (!response.ok) throw new ReportError(response.status);
}

function isWorthAnotherTry(error: Error): boolean {
  return error instanceof ReportError && (error.status === 0 || error.status >= SERVER_ERROR);
}
