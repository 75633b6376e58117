/** What a claim with `rotate` changes of its own resource: the one rule for its mails, its pages and what it then does. */
import type { ResourceKind } from "../../../contract/names.ts";
import type { Deps } from "../../deps.ts";
import { findGrant } from "../../platform-db/grants.ts";
import { type Credentials, openGrant } from "../provision/secrets.ts";
import { givesKeys, parseGrant } from "../storage/grant.ts";

/** Null: nothing can change. An inbox has nothing but its address; a queue or storage may have been made without keys (docs/limits.md). */
export type Changeable = "password" | "keys" | null;

/** By the kind alone, or by what a resource of it was made with. */
const SECRET_OF: Readonly<Record<ResourceKind, Changeable | ((credentials: Credentials) => Changeable)>> = {
  postgres: "password",
  vector: "password",
  redis: "password",
  mongodb: "password",
  queue: ({ auth_mode }) => (auth_mode === "isolated" ? "keys" : null),
  storage: (credentials) => (givesKeys(parseGrant(credentials)) ? "keys" : null),
  webhook: null,
};

/** Of a living resource; null for everything else. @throws DatabaseError, or SealError where its credentials decide */
export async function changeableSecret(deps: Deps, resourceId: string): Promise<Changeable> {
  const found = await findGrant(deps.database, resourceId);
  if (found === null) return null;
  const secret = SECRET_OF[found.kind];
  return typeof secret === "function" ? secret(await openGrant(deps, resourceId, found.grant_sealed)) : secret;
}
