/**
 * `POST /deploy/new`: take the upload, admit it, write the rows, answer; the operation is sent after the answer.
 * Guarantee: after a 202 the deploy ends healthy or failed, with a reason. After a refusal nothing counts, and the source is dropped.
 */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { DatabaseError } from "../../platform-db/database.ts";
import type { Service } from "../../platform-db/services.ts";
import { requireAccount } from "../actor.ts";
import { type Admitted, finish, giveUp } from "../admission.ts";
import { callerOf } from "../caller.ts";
import { admitDeploy } from "./admit.ts";
import { resolveTokens } from "./bindings.ts";
import { requireAccess } from "./configure.ts";
import { readDeployFields } from "./fields.ts";
import { findExisting } from "./find.ts";
import { answerOf } from "./item.ts";
import { insertDeployment, updateDeployment } from "./rows.ts";
import { type DeployInput, type Deploying, dropSource, withUploadPlace } from "./upload.ts";

export type DeployResult = { bodyText: string; replayed: boolean };

const ACCEPTED = 202;
/** @throws ApiError with any code of the route */
export async function deploy({ ctx, input }: { ctx: RequestContext; input: DeployInput }): Promise<DeployResult> {
  requireAccount(ctx);
  if (ctx.deps.config.deploys === null) throw new ApiError("service_disabled");
  const caller = callerOf(ctx);
  const { fields: sent, source } = await withUploadPlace(ctx, caller, input.upload);
  try {
    const fields = readDeployFields(sent, ctx.deps.config);
    if (source === null) throw new ApiError("missing_tarball");
    const existing = fields.isRedeploy ? await findExisting(ctx, fields) : null;
    return await admitted({ ctx, caller, input, fields, sent, source, existing });
  } catch (cause) {
    // A database that did not answer may have written the rows; then they need the source.
    const mayBeInUse = cause instanceof ApiError && cause.cause instanceof DatabaseError && cause.cause.sqlState === null;
    if (source !== null && !mayBeInUse) ctx.later(() => dropSource(ctx, source.id));
    throw cause;
  }
}

async function admitted(deploying: Deploying): Promise<DeployResult> {
  const { ctx, caller, input, fields, source, existing } = deploying;
  requireAccess(caller.tier, {
    isPrivate: fields.isPrivate ?? existing?.is_private ?? false,
    allowedIps: fields.allowedIps ?? existing?.allowed_ips ?? [],
  });
  const bindings = fields.bindings === null ? null : await resolveTokens(ctx, fields.bindings);
  const admission = await admitDeploy(deploying);
  if (admission.outcome === "replay") {
    ctx.later(() => dropSource(ctx, source.id));
    return { bodyText: admission.bodyText, replayed: true };
  }
  const service = await written(deploying, bindings, admission);
  const bodyText = JSON.stringify(await answerOf(ctx, service, { redeployed: existing !== null }));
  const { route, idempotencyKey } = input;
  ctx.later(() => finish({ ctx, caller, route, idempotencyKey }, admission.resourceId, { status: ACCEPTED, bodyText }));
  return { bodyText, replayed: false };
}

async function written(deploying: Deploying, bindings: Record<string, string> | null, admission: Admitted): Promise<Service> {
  const { ctx, caller, existing } = deploying;
  const progress = { jobSent: false };
  try {
    await ctx.deps.fault("worker.deploy.after_admit", admission.resourceId);
    const id = admission.resourceId;
    const begin = () => {
      progress.jobSent = true;
    };
    return existing === null
      ? await insertDeployment(deploying, { id, bindings, begin })
      : await updateDeployment(deploying, existing, { operationId: id, bindings, begin });
  } catch (cause) {
    const error = cause instanceof ApiError ? cause : new ApiError("provision_failed", { cause });
    await giveUp({ ctx, caller }, admission, { error: error.code, jobSent: progress.jobSent });
    throw error;
  }
}
