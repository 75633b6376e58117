/** The errors of creates and of the resources they made: part of the one table in `../errors.ts`. */
import type { ErrorRow } from "./row.ts";

const NAME_RULE = "1 to 64 characters, starting with a letter or digit; letters, digits, spaces, underscores and hyphens after";

export const RESOURCE_ERRORS = {
  name_required: {
    status: 400,
    message: () => `Send "name": a label for this resource, ${NAME_RULE}.`,
    agentAction: () => `Tell the user the request had no name, then send it again with {"name":"my-db"}: ${NAME_RULE}.`,
  },
  invalid_name: {
    status: 400,
    message: () => `"name" must be ${NAME_RULE}.`,
    agentAction: () => `Tell the user the name was refused, then send it again with one of ${NAME_RULE}.`,
  },
  invalid_env: {
    status: 400,
    message: () => `"env" must be 1 to 32 lower-case letters, digits or hyphens, for example "production".`,
    agentAction: () => `Tell the user the env was refused, then send it again as 1 to 32 of a-z, 0-9 and hyphen, or leave it out.`,
  },
  invalid_dimensions: {
    status: 400,
    message: () => `"dimensions" must be a whole number from 1 to 16000.`,
    agentAction: () => `Tell the user the dimensions were refused, then send a whole number from 1 to 16000, or leave them out for 1536.`,
  },
  no_connection_url: {
    status: 400,
    message: () => "This kind of resource has no connection URL.",
    agentAction: () => `Tell the user this kind of resource has no URL with a password, so there is nothing to show or change.`,
  },
  quota_exceeded: {
    status: 402,
    message: ({ detail, cap }) =>
      cap === undefined
        ? `One of this caller's ${detail ?? ""} resources stores more than its limit.`.replace("  ", " ")
        : `This team has all the ${detail ?? ""} resources its tier includes: ${cap}.`.replace("  ", " "),
    agentAction: ({ publicUrl, cap }) =>
      cap !== undefined
        ? `Tell the user they have all ${cap} resources of their tier; existing resources are unaffected. Delete one, or choose a larger tier at ${publicUrl}/pricing, then try again.`
        : `Tell the user a resource of this kind is over its storage limit; existing resources are unaffected. Delete data in it (Postgres: and VACUUM), then try again in two minutes, or claim it at ${publicUrl}/start for a larger limit.`,
    upgradePath: "/pricing",
  },
  upgrade_required: {
    status: 402,
    message: ({ detail }) => `${detail ?? "This"} is not part of this team's tier.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user their tier does not include this; existing resources are unaffected. A larger tier includes it: ${publicUrl}/pricing`,
    upgradePath: "/pricing",
  },
  cross_team_session: {
    status: 403,
    message: () => "The bearer does not own this resource.",
    agentAction: () =>
      `Tell the user the credential belongs to another resource. Leave the Authorization header out: the token in the path is enough.`,
  },
  resource_not_found: {
    status: 404,
    message: () => "There is no such resource.",
    agentAction: () => `Tell the user this resource no longer exists or the token is wrong, then make a new one.`,
  },
  already_paused: {
    status: 409,
    message: () => "This resource is paused already.",
    agentAction: ({ publicUrl }) => `Tell the user it is paused already. POST ${publicUrl}/api/v1/resources/{token}/resume resumes it.`,
  },
  not_paused: {
    status: 409,
    message: () => "This resource is not paused.",
    agentAction: () => `Tell the user it is not paused, so there is nothing to resume: its connection URL works as it is.`,
  },
  resource_paused: {
    status: 409,
    message: () => "This resource is paused.",
    agentAction: ({ publicUrl }) =>
      `Tell the user this resource is paused and refuses connections. Its team resumes it with POST ${publicUrl}/api/v1/resources/{token}/resume; then try again.`,
  },
  resource_inactive: {
    status: 410,
    message: () => "This resource has expired or was deleted.",
    agentAction: () => `Tell the user this resource and its data are gone, then make a new one. Claimed resources do not expire.`,
  },
  provision_limit_reached: {
    status: 429,
    message: ({ detail }) => `This address has reached today's limit of ${detail ?? ""} anonymous resources (UTC).`,
    agentAction: ({ publicUrl }) =>
      `Tell the user today's free anonymous resources are used up. Claim the ones made with their upgrade_jwt at ${publicUrl}/start to keep them and make more, or wait until midnight UTC.`,
    upgradePath: "/pricing",
  },
  network_limit_reached: {
    status: 429,
    message: () => "This network has reached today's limit of anonymous resources.",
    agentAction: ({ publicUrl }) =>
      `Tell the user their network has used up today's anonymous resources. Claim one at ${publicUrl}/start and create with an API key, or try again tomorrow.`,
    retryAfterSeconds: 3600,
    upgradePath: "/pricing",
  },
  capacity: {
    status: 503,
    message: () => "The platform has no room for another anonymous resource right now.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the platform is full for the moment. Try again as Retry-After says. Status: ${publicUrl}/readyz`,
    retryAfterSeconds: 300,
  },
  provision_failed: {
    status: 503,
    message: () => "The resource could not be made; nothing remains of it, and it does not count.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the create failed and cost nothing, then send it again as Retry-After says, with the same Idempotency-Key. Status: ${publicUrl}/readyz`,
  },
  provisioner_unavailable: {
    status: 503,
    message: () => "The provisioner did not answer; nothing remains of this create, and it does not count.",
    agentAction: ({ publicUrl }) =>
      `Tell the user provisioning is down for the moment, then try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
  service_disabled: {
    status: 503,
    message: () => "This installation does not offer this kind of resource.",
    agentAction: ({ publicUrl }) =>
      `Tell the user this kind of resource is switched off here, then use another kind. Available services: ${publicUrl}/readyz`,
    retryAfterSeconds: 3600,
  },
  provider_failed: {
    status: 503,
    message: () => "The change is recorded and in progress, but the engine has not confirmed it yet.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the change is in progress, then send it again as Retry-After says: it answers when the change is complete. Status: ${publicUrl}/readyz`,
  },
  update_failed: {
    status: 503,
    message: () => "The change could not be made now.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the change failed, then send it again as Retry-After says: it resumes where it stopped. Status: ${publicUrl}/readyz`,
  },
  delete_failed: {
    status: 503,
    message: () => "The resource could not be deleted now and is unchanged.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the resource was not deleted, then send it again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
  admission_unavailable: {
    status: 503,
    message: () => "The platform could not check its limits, so nothing was made.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the platform is briefly unavailable, then try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
} as const satisfies Record<string, ErrorRow>;
