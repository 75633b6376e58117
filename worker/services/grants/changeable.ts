/** Which secret of a resource a claim with `rotate` changes. The claim itself, its mails and its pages all use this rule. */

import type { Secret } from "../../../contract/kinds/kind.ts";
import { KINDS } from "../../../contract/kinds.ts";
import type { Deps } from "../../deps.ts";
import { findGrant } from "../../platform-db/grants.ts";
import { openGrant } from "./secrets.ts";

/** @returns null also for a resource that is not active @throws DatabaseError, or SealError for kinds whose rule reads the credentials */
export async function changeableSecret(deps: Deps, resourceId: string): Promise<Secret> {
  const found = await findGrant(deps.database, resourceId);
  if (found === null) return null;
  const { secret } = KINDS[found.kind];
  return typeof secret === "function" ? secret(await openGrant(deps, resourceId, found.grant_sealed)) : secret;
}
