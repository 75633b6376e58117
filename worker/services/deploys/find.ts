/** The deployment in the path, by app id or id. Those of other teams, and those that do not exist, are refused alike. */
import { APP_ID_PATTERN } from "../../../contract/deploys.ts";
import { UUID_PATTERN } from "../../../contract/names.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { findService, findServiceNamed, type Service } from "../../platform-db/services.ts";
import { requireAccount } from "../actor.ts";
import type { DeployFields } from "./fields.ts";

/** @throws ApiError `not_found`, `lookup_failed` */
export async function findDeployment(ctx: RequestContext, id: string): Promise<Service> {
  const { team } = requireAccount(ctx);
  const named = APP_ID_PATTERN.test(id) ? { appId: id } : UUID_PATTERN.test(id) ? { id } : null;
  const found = named === null ? null : await findService(ctx.deps.database, team.id, named).catch(lookupFailed);
  if (found === null) throw new ApiError("not_found");
  return found;
}

/** The newest one of this name and env, which an upload with `redeploy=true` updates. @throws ApiError `no_existing_deployment_to_redeploy`, `lookup_failed` */
export async function findExisting(ctx: RequestContext, { name, environment }: DeployFields): Promise<Service> {
  const { team } = requireAccount(ctx);
  const found = await findServiceNamed(ctx.deps.database, team.id, { name, environment }).catch(lookupFailed);
  if (found === null) throw new ApiError("no_existing_deployment_to_redeploy");
  return found;
}
