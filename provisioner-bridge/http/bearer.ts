/** A job that authorizes a stream comes as the bearer credential of the request. */
import type { Context } from "hono";
import type { ServiceJobKind, ServiceJobOf } from "../../contract/service-jobs.ts";
import type { ServiceJobVerifier } from "../jobs/verify.ts";
import { Refusal } from "../refusal.ts";
import { verifyJob } from "./jobs.ts";
import type { BridgeHttp } from "./request.ts";

const BEARER = /^Bearer +(\S+)$/i;

/** @throws Refusal of the verifier; malformed_job without a credential, or for a job of another kind */
export async function bearerJob<K extends ServiceJobKind>(
  context: Context<BridgeHttp>,
  verify: ServiceJobVerifier,
  kind: K,
): Promise<ServiceJobOf<K>> {
  const [, jws] = BEARER.exec(context.req.header("Authorization") ?? "") ?? [];
  if (jws === undefined) throw new Refusal("malformed_job");
  const { job } = await verifyJob(context, verify, jws);
  if (!isOfKind(job, kind)) throw new Refusal("malformed_job");
  return job;
}

function isOfKind<K extends ServiceJobKind>(job: { kind: ServiceJobKind }, kind: K): job is ServiceJobOf<K> {
  return job.kind === kind;
}
