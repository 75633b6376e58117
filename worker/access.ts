/**
 * Who may do what: one table of rule × credential × scope × role. An endpoint names a rule; `verdict` applies it and the middleware
 * enforces the result. docs/access.md is generated from the endpoints and this table, and CI compares it.
 */
import { ROLES, type Role, SCOPES, type Scope } from "../contract/accounts.ts";

type Rule = {
  /** `never`: no credential is read. `session`: a session is used when there is one. `required`: a bad credential is refused. */
  reads: "never" | "session" | "required";
  /** Whether a request without a credential passes. */
  anonymous: boolean;
  /** Whether the `upgrade_jwt` of a resource passes. */
  holder: boolean;
  /** The scope an API key needs; null: no API key passes. */
  key: Scope | null;
  /** The role a member needs, signed in or through an API key that the member created. */
  role: Role;
};

const PAGE = { reads: "session", anonymous: true, holder: false, key: null } as const;

export const ACCESS = {
  /** No credential is read. */
  open: { reads: "never", anonymous: true, holder: false, key: null, role: "viewer" },
  /** Creates: for a team, or for an anonymous caller. */
  optional_bearer: { reads: "required", anonymous: true, holder: false, key: "write", role: "developer" },
  /** Changes the resource in the path or shows its credentials. `openResource` decides whether it is the caller's. */
  resource: { reads: "required", anonymous: false, holder: true, key: "write", role: "developer" },
  resource_read: { reads: "required", anonymous: false, holder: true, key: "read", role: "viewer" },
  optional_resource: { reads: "required", anonymous: true, holder: true, key: "write", role: "developer" },
  /** Concerns the account or its team. */
  account_read: { reads: "required", anonymous: false, holder: false, key: "read", role: "viewer" },
  account_write: { reads: "required", anonymous: false, holder: false, key: "write", role: "developer" },
  /** Shows what only administrators see: the audit log, the list of API keys. */
  account_review: { reads: "required", anonymous: false, holder: false, key: "read", role: "admin" },
  account_admin: { reads: "required", anonymous: false, holder: false, key: "admin", role: "admin" },
  /** Needs a signed-in person: an API key cannot create API keys or approve that one is created. */
  session_write: { reads: "required", anonymous: false, holder: false, key: null, role: "developer" },
  session_admin: { reads: "required", anonymous: false, holder: false, key: null, role: "admin" },
  /** Pages. A missing or expired session counts as none; the page then offers to sign in. */
  page: { ...PAGE, role: "viewer" },
  page_write: { ...PAGE, role: "developer" },
  page_admin: { ...PAGE, role: "admin" },
} as const satisfies Record<string, Rule>;
export type Access = keyof typeof ACCESS;

/** Whether one of a key's scopes is, or includes, the one needed: each scope includes those before it. */
export function hasScope(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.some((scope) => SCOPES.indexOf(scope) >= SCOPES.indexOf(needed));
}

/** Whether a role is, or includes, the one needed: each role includes those before it. */
export function hasRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Whether some members are refused for their role. A page shows that as a page. */
export function takesRole(access: Access): boolean {
  const { reads, role }: Rule = ACCESS[access];
  return reads === "required" && role !== ROLES[0];
}

/** What an actor is to the table. A key has the role that its creator has in the team at this moment. */
export type Asker =
  | { kind: "anonymous" }
  | { kind: "holder" }
  | { kind: "key"; scopes: readonly Scope[]; role: Role }
  | { kind: "session"; role: Role };

/** `yes`: passes. `ignored`: the credential is not read. Otherwise the refusal, with its status. */
export type Verdict =
  | "yes"
  | "ignored"
  | "401 missing_credentials"
  | "401 invalid_claims"
  | "403 insufficient_scope"
  | "403 session_required"
  | "403 forbidden";

export function verdict(access: Access, asker: Asker): Verdict {
  const rule: Rule = ACCESS[access];
  if (rule.reads === "never" || (rule.reads === "session" && asker.kind !== "session")) return "ignored";
  switch (asker.kind) {
    case "anonymous":
      return rule.anonymous ? "yes" : "401 missing_credentials";
    case "holder":
      return rule.holder ? "yes" : "401 invalid_claims";
    case "key":
      if (rule.key === null) return "403 session_required";
      return hasScope(asker.scopes, rule.key) ? ofRole(rule, asker.role) : "403 insufficient_scope";
    case "session":
      return ofRole(rule, asker.role);
  }
}

function ofRole(rule: Rule, role: Role): Verdict {
  return hasRole(role, rule.role) ? "yes" : "403 forbidden";
}
