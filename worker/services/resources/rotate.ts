/** Gives a resource another password: the old one, and every session opened with it, dies on the engine. */
import { KINDS } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { Owned } from "../../platform-db/resources.ts";
import { beginRotation } from "../../platform-db/rotations.ts";
import { auditActorOf } from "../actor.ts";
import type { Credentials } from "../provision/secrets.ts";
import { openResource } from "./find.ts";
import { finishRotation } from "./rotation.ts";

/** @throws ApiError `not_found`, `no_connection_url`, `update_failed` */
export async function rotateCredentials({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<Credentials> {
  const { id, team_id: teamId, kind } = await openResource({ ctx, input });
  if (KINDS[kind].engine === null) throw new ApiError("no_connection_url");
  const credentials = await completeRotation(ctx, { id, teamId });
  if (!("connection_url" in credentials)) throw new ApiError("no_connection_url");
  return credentials;
}

/** Begins a rotation, or takes up one that is under way, and ends it. @throws ApiError `not_found`, `update_failed` */
export async function completeRotation(ctx: RequestContext, owned: Owned): Promise<Credentials> {
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
