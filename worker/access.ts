/**
 * The access rules. Each endpoint names one, and a rule says what each kind of actor needs. docs/access.md is generated from the
 * endpoints and this table; one test compares it, another calls every endpoint as every actor.
 */
import type { Scope } from "../contract/accounts.ts";

type Rule = {
  /** False: no credential is read, so an invalid one is not refused. */
  looks: boolean;
  /** Without a credential. */
  anonymous: boolean;
  /** With the upgrade JWT of a resource. */
  holder: boolean;
  /** The scope an API key needs; null: API keys are refused. */
  key: Scope | null;
  session: boolean;
};

export const ACCESS = {
  /** Public. */
  open: { looks: false, anonymous: true, holder: false, key: null, session: false },
  /** A create: with the credential of an account, or anonymous without one. An invalid credential is refused. */
  optional_bearer: { looks: true, anonymous: true, holder: false, key: "write", session: true },
  /** About the resource in the path, by its holder or its team. `openResource` checks the ownership. */
  resource: { looks: true, anonymous: false, holder: true, key: "write", session: true },
  resource_read: { looks: true, anonymous: false, holder: true, key: "read", session: true },
  optional_resource: { looks: true, anonymous: true, holder: true, key: "write", session: true },
  /** About the account itself. */
  account_read: { looks: true, anonymous: false, holder: false, key: "read", session: true },
  account_write: { looks: true, anonymous: false, holder: false, key: "write", session: true },
  account_admin: { looks: true, anonymous: false, holder: false, key: "admin", session: true },
  /** For people only: a key can neither create keys nor approve their creation. */
  session: { looks: true, anonymous: false, holder: false, key: null, session: true },
} as const satisfies Record<string, Rule>;
export type Access = keyof typeof ACCESS;

/** Endpoints that use a session if there is one; any other credential counts as none. For pages and signing out. */
export type PageAccess = "page";

const INCLUDES: Record<Scope, readonly Scope[]> = { read: ["read"], write: ["read", "write"], admin: ["read", "write", "admin"] };

/** Whether one of a key's scopes is, or includes, the one needed. */
export function hasScope(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.some((scope) => INCLUDES[scope].includes(needed));
}

/** The actors of the table, as docs/access.md names them. */
export const ACTOR_COLUMNS = ["anonymous", "holder", "key read", "key write", "key admin", "session"] as const;
export type ActorColumn = (typeof ACTOR_COLUMNS)[number];

/** The result for an actor: accepted, or the refusal. `ignored`: credentials are not read. */
export type Verdict =
  | "yes"
  | "ignored"
  | "401 missing_credentials"
  | "401 invalid_claims"
  | "403 insufficient_scope"
  | "403 session_required";

export function verdict(access: Access | PageAccess, actor: ActorColumn): Verdict {
  if (access === "page") return actor === "session" ? "yes" : "ignored";
  const rule: Rule = ACCESS[access];
  if (!rule.looks) return "ignored";
  switch (actor) {
    case "anonymous":
      return rule.anonymous ? "yes" : "401 missing_credentials";
    case "holder":
      return rule.holder ? "yes" : "401 invalid_claims";
    case "session":
      return rule.session ? "yes" : "401 invalid_claims";
    case "key read":
    case "key write":
    case "key admin":
      return ofKey(rule.key, actor.slice("key ".length) as Scope);
  }
}

function ofKey(needed: Scope | null, scope: Scope): Verdict {
  if (needed === null) return "403 session_required";
  return hasScope([scope], needed) ? "yes" : "403 insufficient_scope";
}
