/** Replaces the secret of a resource. The old secret stops working, and sessions opened with it end. */

import type { Credentials } from "../../../contract/kinds/kind.ts";
import { hasConnectionUrl } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { rotateGrant } from "../grants/rotation.ts";
import { openResource } from "./find.ts";

/** @throws ApiError `not_found`, `no_connection_url`, `update_failed` */
export async function rotateCredentials({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<Credentials> {
  const { id, team_id: teamId, kind } = await openResource({ ctx, input });
  if (!hasConnectionUrl(kind)) throw new ApiError("no_connection_url");
  return rotateGrant(ctx, { id, teamId });
}
