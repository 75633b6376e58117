/** The errors of claims, sign-in, API keys and the audit log: part of the one table in `../errors.ts`. */
import type { ErrorRow } from "./row.ts";

export const ACCOUNT_ERRORS = {
  missing_token: {
    status: 400,
    message: () => `Send the upgrade_jwt of a resource as "t".`,
    agentAction: () => `Tell the user the claim link contains no token, then use the upgrade_jwt or claim_url of a create's answer.`,
  },
  invalid_token: {
    status: 400,
    message: ({ detail }) => detail ?? `This token is not a valid claim token, or it has expired.`,
    agentAction: () =>
      `Tell the user this token or claim link is not valid. Use the token, the upgrade_jwt or the claim_url of a resource that is still there.`,
  },
  missing_email: {
    status: 400,
    message: () => `Send "email": the address the link is sent to.`,
    agentAction: () => `Tell the user their e-mail address is needed, ask for it, and send it as "email".`,
  },
  invalid_email_format: {
    status: 400,
    message: () => `"email" is not an e-mail address.`,
    agentAction: () => `Tell the user the e-mail address was refused, ask for it once more, and send it as "email".`,
  },
  invalid_team_name: {
    status: 400,
    message: () => `"team_name" must be 1 to 200 characters in one line.`,
    agentAction: () => `Tell the user the team name was refused, then send one of 1 to 200 characters, or leave it out.`,
  },
  invalid_return_to: {
    status: 400,
    message: () => `"return_to" must be a path of this site.`,
    agentAction: () => `Tell the user the address to return to was refused, then leave "return_to" out.`,
  },
  missing_name: {
    status: 400,
    message: () => `Send "name": a label for this key.`,
    agentAction: () => `Tell the user the key needs a name, then send it again with {"name":"ci"}.`,
  },
  invalid_key_name: {
    status: 400,
    message: () => `"name" must be 1 to 120 characters in one line.`,
    agentAction: () => `Tell the user the key's name was refused, then send one of 1 to 120 characters.`,
  },
  invalid_scopes: {
    status: 400,
    message: () => `"scopes" must be a list of one or more of "read", "write", "admin".`,
    agentAction: () => `Tell the user the scopes were refused, then send some of ["read","write","admin"], or leave them out for all.`,
  },
  link_unknown: {
    status: 400,
    message: () => "This link is incomplete or was not issued by this service.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the link is incomplete. They should copy all of it from the mail, or ask for a new one at ${publicUrl}/login.`,
  },
  invalid_payload: {
    status: 400,
    message: () => "This event is not supported.",
    agentAction: () => `Tell the user this route accepts the mail provider's events only; no action is needed.`,
  },
  insufficient_scope: {
    status: 403,
    message: ({ detail }) => `This API key lacks the scope "${detail ?? ""}".`,
    agentAction: ({ publicUrl, detail }) =>
      `Tell the user this needs an API key with the scope "${detail ?? ""}". They can make one, signed in, at ${publicUrl}/login.`,
  },
  forbidden: {
    status: 403,
    message: ({ detail }) => `Your role in this team does not allow this: it needs "${detail ?? "admin"}" or higher.`,
    agentAction: ({ publicUrl, detail }) =>
      `Tell the user their role in this team does not allow this: it needs "${detail ?? "admin"}" or higher. The team's owner can do it or change the role: ${publicUrl}/dashboard.`,
  },
  session_required: {
    status: 403,
    message: () => "Only a signed-in person can do this, not an API key.",
    agentAction: ({ publicUrl }) =>
      `Tell the user an API key cannot do this: they have to sign in themselves at ${publicUrl}/login and do it with their session.`,
    upgradePath: "/login",
  },
  confirmation_required: {
    status: 403,
    message: () =>
      "This resource was attached by a claim from the same address and is not confirmed: it is kept, but cannot be opened, rotated or deleted.",
    agentAction: () =>
      `Tell the user this resource must be confirmed as theirs first: POST its own upgrade_jwt to /api/v1/resources/{token}/confirm. The answer of its create holds that.`,
  },
  foreign_origin: {
    status: 403,
    message: () => "This request was sent by another site.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the request came from another site and was refused. Do it at ${publicUrl} itself, or with an API key as a bearer.`,
  },
  session_not_found: {
    status: 404,
    message: () => "This login does not exist or has ended.",
    agentAction: ({ publicUrl }) => `Tell the user this login has ended, then begin a new one with POST ${publicUrl}/auth/cli.`,
  },
  already_claimed: {
    status: 409,
    message: () => "This resource already belongs to an account.",
    agentAction: ({ publicUrl }) =>
      `Tell the user this resource was claimed before; nothing about it has changed. If it was them, they sign in at ${publicUrl}/login with the same address.`,
    upgradePath: "/login",
  },
  api_key_limit_reached: {
    status: 409,
    message: ({ cap }) => `This team has ${cap ?? ""} API keys, the maximum.`,
    agentAction: () => `Tell the user their team has the maximum number of API keys. Revoke one that is not needed, then try again.`,
  },
  link_used: {
    status: 410,
    message: () => "This link was used already. A link works once.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the link was used already. If they are not signed in, they ask for a new one at ${publicUrl}/login.`,
  },
  link_expired: {
    status: 410,
    message: () => "This link has expired. A link works for 15 minutes, and only the newest links of an address work.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the link has expired. For a claim, they get a new one with the claim_url of the resource; to sign in, at ${publicUrl}/login.`,
  },
  resource_gone: {
    status: 410,
    message: () => "The resource of this token has expired or was deleted.",
    agentAction: ({ publicUrl }) =>
      `Tell the user this resource is gone and cannot be restored. Make a new one with POST ${publicUrl}/db/new and claim it within its 24 hours.`,
  },
} as const satisfies Record<string, ErrorRow>;
