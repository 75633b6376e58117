/** Fresh keys for a storage resource whose keys expire; whatever the mode, the answer is what the create said of them. */
import { KINDS } from "../../../contract/kinds.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import type { Credentials } from "../provision/secrets.ts";
import { openResource } from "../resources/find.ts";
import { completeRotation } from "../resources/rotate.ts";
import { lacksKeys, parseGrant, renewGrant, requireActive, requireStorage } from "./grant.ts";

/** @throws ApiError `not_found`, `not_a_storage_resource`, `resource_paused`, `update_failed` */
export async function refreshCredentials({ ctx, input }: { ctx: RequestContext; input: { token: string } }): Promise<Credentials> {
  const found = await openResource({ ctx, input });
  requireStorage(found);
  requireActive(found);
  const token = input.token.toLowerCase();
  // A rotation that was cut off is ended first: its keys are the fresh ones.
  const isRotating = found.rotate_generation !== null;
  const rotated = isRotating ? await completeRotation(ctx, { id: found.id, teamId: found.team_id }) : null;
  const credentials = rotated === null || lacksKeys(parseGrant(rotated)) ? await renewed() : rotated;
  return { ...credentials, ...KINDS.storage.links?.({ publicUrl: ctx.deps.config.publicUrl, token, credentials }) };

  async function renewed(): Promise<Credentials> {
    try {
      return await renewGrant(ctx, found);
    } catch (cause) {
      throw new ApiError("update_failed", { cause });
    }
  }
}
