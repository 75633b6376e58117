/** Which secret of a resource a claim with `rotate` changes. The claim itself, its mails and its pages all use this rule. */
import type { ChangeableSecret, ResourceKind } from "../../../contract/names.ts";
import type { Deps } from "../../deps.ts";
import { findGrant } from "../../platform-db/grants.ts";
import { type Credentials, openGrant } from "../provision/secrets.ts";
import { givesKeys, parseGrant } from "../storage/grant.ts";

/** Decided by the kind, or by the credentials: a queue and storage may have been created without keys (docs/limits.md). */
const SECRET_OF: Readonly<Record<ResourceKind, ChangeableSecret | ((credentials: Credentials) => ChangeableSecret)>> = {
  postgres: "password",
  vector: "password",
  redis: "password",
  mongodb: "password",
  queue: ({ auth_mode }) => (auth_mode === "isolated" ? "keys" : null),
  storage: (credentials) => (givesKeys(parseGrant(credentials)) ? "keys" : null),
  webhook: null,
};

/** @returns null also for a resource that is not active @throws DatabaseError, or SealError where its credentials decide */
export async function changeableSecret(deps: Deps, resourceId: string): Promise<ChangeableSecret> {
  const found = await findGrant(deps.database, resourceId);
  if (found === null) return null;
  const secret = SECRET_OF[found.kind];
  return typeof secret === "function" ? secret(await openGrant(deps, resourceId, found.grant_sealed)) : secret;
}
