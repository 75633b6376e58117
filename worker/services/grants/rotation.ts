/**
 * A complete rotation: begin it in the row, rotate at the home, delete stored answers, record it in the row. The row numbers the rotation
 * first, so every retry is the same rotation with the same new password. A retry continues after a crash at any step (docs/orphans.md).
 */
import type { Credentials } from "../../../contract/kinds/kind.ts";
import type { RequestContext } from "../../context.ts";
import type { Deps } from "../../deps.ts";
import { ApiError } from "../../errors.ts";
import { homeOf } from "../../kinds.ts";
import type { Owned } from "../../platform-db/resources.ts";
import { beginRotation, isLastRotation, type Rotation, recordRotation, renewRotation } from "../../platform-db/rotations.ts";
import { auditActorOf } from "../actor.ts";
import { sealGrant } from "./secrets.ts";

/** A resource rarely has more concurrent changes than this. */
const RENEWALS_MAX = 3;

/** Begins a rotation, or continues one that is under way, and completes it. @throws ApiError `not_found`, `update_failed` */
export async function rotateGrant(ctx: RequestContext, owned: Owned): Promise<Credentials> {
  const { deps } = ctx;
  try {
    const begun = await beginRotation(deps.database, owned, auditActorOf(ctx), new Date(deps.clock.now()));
    if (begun === null) throw new ApiError("not_found");
    await deps.fault("worker.rotate.after_begin", owned.id);
    const credentials = await finishRotation(deps, begun, ctx.requestId);
    if (credentials === null) throw new ApiError("update_failed");
    return credentials;
  } catch (cause) {
    throw cause instanceof ApiError ? cause : new ApiError("update_failed", { cause });
  }
}

/**
 * Completes a rotation that was begun.
 * @returns the new credentials; null when a later change has replaced them or the resource is being dropped
 * @throws BridgeError, DatabaseError
 */
export async function finishRotation(deps: Deps, begun: Rotation, requestId: string): Promise<Credentials | null> {
  let turn: Rotation | null = begun;
  for (let tries = 0; turn !== null && tries <= RENEWALS_MAX; tries += 1) {
    const { id: resourceId, kind, generation, rotation } = turn;
    const credentials = await homeOf(kind).rotate({ deps, requestId }, { resourceId, generation, rotation });
    if (credentials !== null) return record(deps, turn, credentials);
    // Another change came first, or another try completed this rotation. The row determines which.
    turn = await renewRotation(deps.database, turn);
  }
  return null;
}

async function record(deps: Deps, rotation: Rotation, credentials: Credentials): Promise<Credentials | null> {
  const { id, admission_scope } = rotation;
  await deps.fault("worker.rotate.after_job", id);
  // Deletes stored answers before updating the row: a replayed answer would contain a password that no longer works.
  if (admission_scope !== null) await deps.admission.of(admission_scope).forget(id);
  const isRecorded = await recordRotation(deps.database, rotation, await sealGrant(deps, id, credentials));
  await deps.fault("worker.rotate.after_row", id);
  // If another try of the same rotation recorded it first, the credentials are valid. If a claim has rotated since, they are not.
  return isRecorded || (await isLastRotation(deps.database, rotation)) ? credentials : null;
}
