/** The bridge over HTTP: signs each job as a compact JWS and parses the answer. */
import pRetry from "p-retry";
import { errorEnvelopeSchema } from "../../contract/errors.ts";
import {
  JOB_CONTENT_TYPE,
  JOB_ISSUER,
  JOBS_PATH,
  type JobKind,
  type JobOf,
  type Outcome,
  outcomeSchemas,
  REFUSALS,
  refusalCodeSchema,
} from "../../contract/jobs.ts";
import { readinessSchema } from "../../contract/readiness.ts";
import { signMessage } from "../../contract/signed-message.ts";
import { BridgeError, type BridgePort, type SignedJob } from "./bridge.ts";
import type { Clock } from "./clock.ts";

/** The validity of a job: long enough for the request and its retries, within the contract's 60 s. */
const JOB_LIFETIME_SECONDS = 40;
/** One try; a create takes well under a second. */
const TRY_TIMEOUT_MS = 20_000;
const READINESS_TIMEOUT_MS = 4_000;
/** Only retried when the bridge did not answer: it may be restarting. */
const RETRIES = { retries: 2, minTimeout: 150, factor: 3, randomize: true };

type Signer = Parameters<typeof signMessage>[0]["signer"];
type Options = {
  url: string;
  bridgeId: string;
  keys: { current(): Promise<Signer> };
  clock: Clock;
  fetch?: typeof fetch;
};

export function createHttpBridge(options: Options): BridgePort {
  // A bare `fetch` in an object would be called with that object as `this`, which workerd refuses.
  const request: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));

  async function post(jws: string, requestId: string): Promise<Response> {
    const init = {
      method: "POST",
      headers: { "content-type": JOB_CONTENT_TYPE, "x-request-id": requestId },
      body: jws,
      signal: AbortSignal.timeout(TRY_TIMEOUT_MS),
    };
    try {
      return await request(options.url + JOBS_PATH, init);
    } catch (cause) {
      throw new BridgeError("unreachable", true, { cause });
    }
  }

  const signed = async <K extends JobKind>(job: JobOf<K>, jobId: string): Promise<SignedJob<K>> => ({
    kind: job.kind as K,
    jws: await sign(job, jobId, options),
  });

  function send<K extends JobKind>({ kind, jws }: SignedJob<K>, requestId: string): Promise<Outcome<K>> {
    return pRetry(async () => parseAnswer(kind, await post(jws, requestId)), {
      ...RETRIES,
      shouldRetry: ({ error }) => error instanceof BridgeError && error.code === "unreachable" && !isTimeout(error.cause),
    });
  }

  return {
    run: async (job, jobId, requestId) => send(await signed(job, jobId), requestId),
    sign: signed,
    send,

    async readiness() {
      try {
        const response = await request(`${options.url}/readyz`, { signal: AbortSignal.timeout(READINESS_TIMEOUT_MS) });
        return readinessSchema.parse(await response.json());
      } catch (cause) {
        throw new BridgeError("unreachable", true, { cause });
      }
    },
  };
}

async function sign(job: { kind: JobKind; args: unknown }, jobId: string, { bridgeId, keys, clock }: Options): Promise<string> {
  return signMessage({
    content: { kind: job.kind, args: job.args },
    issuer: JOB_ISSUER,
    audience: bridgeId,
    id: jobId,
    lifetimeSeconds: JOB_LIFETIME_SECONDS,
    nowMs: clock.now(),
    signer: await keys.current(),
  });
}

/** The outcome, or the bridge's refusal as a BridgeError. Any other answer is `malformed_answer`. */
async function parseAnswer<K extends JobKind>(kind: K, response: Response): Promise<Outcome<K>> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) {
    const outcome = outcomeSchemas[kind].safeParse(body);
    // The cast: the schema belongs to the job's own kind, so its output is that kind's outcome.
    if (outcome.success) return outcome.data as Outcome<K>;
    throw new BridgeError("malformed_answer", true, { cause: outcome.error });
  }
  const refusal = refusalCodeSchema.safeParse(errorEnvelopeSchema.safeParse(body).data?.error);
  if (!refusal.success) throw new BridgeError(isEdge(response.status) ? "unreachable" : "malformed_answer", true);
  throw new BridgeError(refusal.data, REFUSALS[refusal.data].retry);
}

/** A proxy did not reach the bridge: a bad gateway, or one of Cloudflare's codes for an unreachable origin. */
function isEdge(status: number): boolean {
  return status === 502 || (status >= 520 && status <= 530);
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === "TimeoutError";
}
