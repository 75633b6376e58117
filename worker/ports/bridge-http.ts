/** The bridge over HTTP: signs each job as a compact JWS and parses the answer. */
import pRetry from "p-retry";
import type { z } from "zod";
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
  type RefusalCode,
} from "../../contract/jobs.ts";
import { readinessSchema } from "../../contract/readiness.ts";
import {
  SERVICE_JOBS_PATH,
  SERVICE_REFUSALS,
  type ServiceOutcome,
  type ServiceRefusalCode,
  serviceOutcomeSchemas,
} from "../../contract/service-jobs.ts";
import { signMessage } from "../../contract/signed-message.ts";
import { BridgeError, type BridgePort, type Exchange, type ServiceRequestKind, type ServiceRequestOf, type SignedJob } from "./bridge.ts";
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
  const reached = (path: string, init: RequestInit): Promise<Response> =>
    request(options.url + path, init).catch((cause: unknown) => {
      throw new BridgeError("unreachable", true, { cause });
    });

  /** Posts a job and parses its answer; the schema belongs to the job's own kind. */
  function post<S extends z.ZodType>(path: string, jws: string, schema: S, requestId: string): Promise<z.output<S>> {
    const init = () => ({
      method: "POST",
      headers: { "content-type": JOB_CONTENT_TYPE, "x-request-id": requestId },
      body: jws,
      signal: AbortSignal.timeout(TRY_TIMEOUT_MS),
    });
    return pRetry(async () => parseAnswer(schema, await reached(path, init())), {
      ...RETRIES,
      shouldRetry: ({ error }) => error instanceof BridgeError && error.code === "unreachable" && !isTimeout(error.cause),
    });
  }

  const signed = async <K extends JobKind>(job: JobOf<K>, jobId: string): Promise<SignedJob<K>> => ({
    kind: job.kind as K,
    jws: await sign(job, jobId, options),
  });

  // The casts, here and below: the schema belongs to the job's own kind, so its output is that kind's outcome.
  const send = <K extends JobKind>({ kind, jws }: SignedJob<K>, requestId: string) =>
    post(JOBS_PATH, jws, outcomeSchemas[kind], requestId) as Promise<Outcome<K>>;

  async function runService<K extends ServiceRequestKind>(job: ServiceRequestOf<K>, jobId: string, requestId: string) {
    const jws = await sign(job, jobId, options);
    return post(SERVICE_JOBS_PATH, jws, serviceOutcomeSchemas[job.kind as K], requestId) as Promise<ServiceOutcome<K>>;
  }

  async function exchange({ method, path, job, body, signal }: Exchange, jobId: string, requestId: string): Promise<Response> {
    const headers = { authorization: `Bearer ${await sign(job, jobId, options)}`, "x-request-id": requestId };
    const response = await reached(path, { method, headers, signal, ...(body === undefined ? {} : { body }) });
    if (!response.ok) throw await refusalIn(response);
    return response;
  }

  return {
    run: async (job, jobId, requestId) => send(await signed(job, jobId), requestId),
    sign: signed,
    send,
    runService,
    exchange,

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

async function sign(job: { kind: string; args: unknown }, jobId: string, { bridgeId, keys, clock }: Options): Promise<string> {
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

/** @throws BridgeError: the bridge's refusal, or `malformed_answer` for an answer that is neither an outcome nor a refusal */
async function parseAnswer<S extends z.ZodType>(schema: S, response: Response): Promise<z.output<S>> {
  if (!response.ok) throw await refusalIn(response);
  const outcome = schema.safeParse(await response.json().catch(() => null));
  if (outcome.success) return outcome.data;
  throw new BridgeError("malformed_answer", true, { cause: outcome.error });
}

const ALL_REFUSALS: Readonly<Record<RefusalCode | ServiceRefusalCode, { retry: boolean }>> = { ...REFUSALS, ...SERVICE_REFUSALS };

async function refusalIn(response: Response): Promise<BridgeError> {
  const body: unknown = await response.json().catch(() => null);
  const code = errorEnvelopeSchema.safeParse(body).data?.error;
  if (code === undefined || !isRefusal(code)) return new BridgeError(isEdge(response.status) ? "unreachable" : "malformed_answer", true);
  return new BridgeError(code, ALL_REFUSALS[code].retry, { answer: body });
}

function isRefusal(code: string): code is RefusalCode | ServiceRefusalCode {
  return Object.hasOwn(ALL_REFUSALS, code);
}

/** A proxy did not reach the bridge: a bad gateway, or one of Cloudflare's codes for an unreachable origin. */
function isEdge(status: number): boolean {
  return status === 502 || (status >= 520 && status <= 530);
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === "TimeoutError";
}
