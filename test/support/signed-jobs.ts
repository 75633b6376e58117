/** Signs jobs as the Worker of a stack does, and sends them to its bridge past the Worker. */
import { importJWK } from "jose";
import type { EngineName } from "../../contract/engines.ts";
import { errorEnvelopeSchema } from "../../contract/errors.ts";
import {
  JOB_CONTENT_TYPE,
  JOB_ISSUER,
  JOBS_PATH,
  type JobKind,
  type JobOf,
  jobIdFor,
  type Outcome,
  outcomeSchemas,
} from "../../contract/jobs.ts";
import type { ResourceKind } from "../../contract/kinds.ts";
import { tenantLimits } from "../../contract/limits.ts";
import { MESSAGE_ALGORITHM, signMessage } from "../../contract/signed-message.ts";
import type { PrivateKeySet } from "../../dev/secrets.ts";
import { engineOf } from "./engine-of.ts";

const JOB_LIFETIME_SECONDS = 40;
const ANSWER_TIMEOUT_MS = 30_000;

export type JobAnswer<K extends JobKind> = { ok: true; outcome: Outcome<K> } | { ok: false; status: number; error: string };
type ChangeKind = "create" | "drop";

export type SignedJobs = {
  sign(job: JobOf<ChangeKind>): Promise<string>;
  post<K extends ChangeKind>(kind: K, jws: string): Promise<JobAnswer<K>>;
  run<K extends ChangeKind>(job: JobOf<K>): Promise<JobAnswer<K>>;
};

export async function signedJobs(target: { bridgeUrl: string; bridgeId: string; keys: PrivateKeySet }): Promise<SignedJobs> {
  const [jwk] = target.keys.keys;
  if (jwk === undefined) throw new Error("the stack has no job key");
  const signer = { kid: jwk.kid, key: await importJWK(jwk, MESSAGE_ALGORITHM) };

  const sign: SignedJobs["sign"] = ({ kind, args }) =>
    signMessage({
      content: { kind, args },
      issuer: JOB_ISSUER,
      audience: target.bridgeId,
      id: jobIdFor(kind, args.resource_id, args.generation),
      lifetimeSeconds: JOB_LIFETIME_SECONDS,
      nowMs: Date.now(),
      signer,
    });

  const post: SignedJobs["post"] = async <K extends ChangeKind>(kind: K, jws: string): Promise<JobAnswer<K>> => {
    const init = {
      method: "POST",
      headers: { "content-type": JOB_CONTENT_TYPE },
      body: jws,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    };
    const response = await fetch(target.bridgeUrl + JOBS_PATH, init);
    const body: unknown = await response.json();
    if (!response.ok) return { ok: false, status: response.status, error: errorEnvelopeSchema.parse(body).error };
    // The schema was looked up by the job's own kind, so its output is that kind's outcome.
    return { ok: true, outcome: outcomeSchemas[kind].parse(body) as Outcome<K> };
  };
  const run: SignedJobs["run"] = async <K extends ChangeKind>(job: JobOf<K>) => {
    // A generic discriminated union is not narrowed: a job of kind K has that kind.
    const { kind } = job as { kind: K };
    return post(kind, await sign(job));
  };
  return { sign, post, run };
}

/** The very job the Worker sends for an anonymous create: the bridge knows it again. */
export function createJob(resourceId: string, kind: ResourceKind = "postgres"): JobOf<"create"> {
  const limits = tenantLimits(kind, "anonymous");
  return { kind: "create", args: { engine: requireEngine(kind), resource_id: resourceId, generation: 1, limits } };
}

export function dropJob(resourceId: string, generation = 2, kind: ResourceKind = "postgres"): JobOf<"drop"> {
  return { kind: "drop", args: { engine: requireEngine(kind), resource_id: resourceId, generation } };
}

function requireEngine(kind: ResourceKind): EngineName {
  const engine = engineOf(kind);
  if (engine === null) throw new Error(`${kind} has no engine`);
  return engine;
}
