/** Sends signed reports to the Worker. What cannot be delivered is told to the caller, who knows when there will be news again. */
import { importJWK, SignJWT } from "jose";
import pRetry from "p-retry";
import {
  REPORT_ALGORITHM,
  REPORT_AUDIENCE,
  REPORT_CONTENT_TYPE,
  REPORT_LIFETIME_MAX_SECONDS,
  REPORTS_PATH,
  type Report,
} from "../../contract/reports.ts";
import type { SigningKey } from "../env.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";

const SECOND_MS = 1_000;
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

export type ReporterOptions = { url: string; bridgeId: string; keys: readonly [SigningKey, ...SigningKey[]]; clock: Clock; random: Random };

export function createReporter({ url, bridgeId, keys: [signer], clock, random }: ReporterOptions): Reporter {
  const key = importJWK(signer, REPORT_ALGORITHM);
  return async (report) => {
    const iat = Math.floor(clock.now().getTime() / SECOND_MS);
    // Signed once: every try bears the same id, so that the Worker knows a report again whose answer was lost.
    const jws = await new SignJWT({ ...report })
      .setProtectedHeader({ alg: REPORT_ALGORITHM, kid: signer.kid })
      .setIssuer(bridgeId)
      .setAudience(REPORT_AUDIENCE)
      .setJti(random.uuid())
      .setIssuedAt(iat)
      .setExpirationTime(iat + REPORT_LIFETIME_MAX_SECONDS)
      .sign(await key);
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
