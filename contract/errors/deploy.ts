/** The errors of deployments: part of the one table in `../errors.ts`. Those of their uploads are in source.ts. */
import type { ErrorRow } from "./row.ts";

const VARIABLE_RULE = "upper-case letters, digits and underscores, not starting with a digit";

export const DEPLOY_ERRORS = {
  invalid_env_vars: {
    status: 400,
    message: () => `"env_vars" must be one JSON object whose values are texts, for example {"LOG_LEVEL":"info"}.`,
    agentAction: () => `Tell the user the variables were refused, then send them as one JSON object of texts: {"LOG_LEVEL":"info"}.`,
  },
  invalid_env_key: {
    status: 400,
    message: ({ detail }) => `${detail ?? "A variable"} is not a name for a variable: ${VARIABLE_RULE}, and not PORT.`,
    agentAction: () =>
      `Tell the user a variable's name was refused, then rename it: ${VARIABLE_RULE}. PORT is set by the platform from the field "port".`,
  },
  invalid_port: {
    status: 400,
    message: () =>
      `"port" must be a whole number from 1024 to 65535: the port the app listens on. Containers may not open ports below 1024.`,
    agentAction: () =>
      `Tell the user the port was refused, then send the port the app listens on, from 1024 to 65535, or leave it out for 8080.`,
  },
  invalid_resource_binding: {
    status: 400,
    message: ({ detail }) =>
      detail ??
      `"resource_bindings" must be one JSON object from a variable's name to a resource's token, for example {"DATABASE_URL":"<token>"}.`,
    agentAction: () =>
      `Tell the user the bindings were refused, then send {"DATABASE_URL":"<token>"}, each with the token from the create of a database, cache, queue or bucket of this team.`,
  },
  private_deploy_requires_allowed_ips: {
    status: 400,
    message: () => `A private deployment needs "allowed_ips": at least one address or network that may call it.`,
    agentAction: () =>
      `Tell the user a private deployment would be unreachable, then name who may call it: allowed_ips=203.0.113.7,198.51.100.0/24`,
  },
  invalid_allowed_ip: {
    status: 400,
    message: ({ detail }) => `${detail ?? "An entry"} of "allowed_ips" is no IP address and no network in CIDR notation.`,
    agentAction: () =>
      `Tell the user an address was refused, then send IP addresses or networks: allowed_ips=203.0.113.7,198.51.100.0/24,2001:db8::/48`,
  },
  too_many_allowed_ips: {
    status: 400,
    message: () => `"allowed_ips" takes 32 entries at most.`,
    agentAction: () => `Tell the user the list is too long, then combine addresses to networks, 32 entries at most: 198.51.100.0/24`,
  },
  invalid_notify_webhook: {
    status: 400,
    message: ({ detail }) => `"notify_webhook" ${detail ?? "must be an https URL of a public host"}.`,
    agentAction: () => `Tell the user the webhook was refused, then send an https URL of a public host, or leave it out.`,
  },
  invalid_ttl_policy: {
    status: 400,
    message: () => `"ttl_policy" must be "permanent" or "auto_24h".`,
    agentAction: () =>
      `Tell the user the lifetime was refused, then send ttl_policy=permanent or ttl_policy=auto_24h, or leave it out for permanent.`,
  },
  invalid_hours: {
    status: 400,
    message: () => `"hours" must be a whole number from 1 to 8760.`,
    agentAction: () => `Tell the user the lifetime was refused, then send a whole number of hours from 1 to 8760: {"hours":48}.`,
  },
  missing_fields: {
    status: 400,
    message: ({ detail }) => `Send ${detail ?? "at least one field that can be changed"}.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user the request changed nothing, then send what is to change. The fields are in ${publicUrl}/openapi.json`,
  },
  invalid_release: {
    status: 400,
    message: () => `"release" must be the number of a release, as GET …/releases lists them.`,
    agentAction: () => `Tell the user the release was refused, then send one number from GET /deploy/{id}/releases: {"release":3}.`,
  },
  deployment_limit_reached: {
    status: 402,
    message: ({ cap }) => `This team has all the deployments its tier includes${cap === undefined ? "" : `: ${cap}`}.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user all deployments of their tier are in use; running apps are unaffected. Delete one, send redeploy=true to update one, or choose a larger tier at ${publicUrl}/pricing`,
    upgradePath: "/pricing",
  },
  private_deploy_requires_pro: {
    status: 402,
    message: () => "Private deployments are part of Pro and larger tiers.",
    agentAction: ({ publicUrl }) =>
      `Tell the user their tier has no private deployments; running apps are unaffected. Deploy without "private", or choose Pro at ${publicUrl}/pricing`,
    upgradePath: "/pricing",
  },
  resource_binding_forbidden: {
    status: 403,
    message: ({ detail }) =>
      `The resource for ${detail ?? "a binding"} was attached by a claim and is not confirmed, so it cannot be bound.`,
    agentAction: () =>
      `Tell the user the resource must be confirmed as theirs first: POST its own upgrade_jwt to /api/v1/resources/{token}/confirm. Then deploy again.`,
  },
  resource_binding_not_found: {
    status: 404,
    message: ({ detail }) => `There is no resource of this team for ${detail ?? "a binding"}.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user a bound resource does not exist or belongs to another team, then use a token from GET ${publicUrl}/api/v1/resources`,
  },
  no_existing_deployment_to_redeploy: {
    status: 404,
    message: () => "This team has no deployment with this name and env.",
    agentAction: ({ publicUrl }) =>
      `Tell the user there is nothing to redeploy under this name, then leave out redeploy=true to make a new one, or take a name from GET ${publicUrl}/api/v1/deployments`,
  },
  release_not_found: {
    status: 404,
    message: () => "This deployment has no such release with an image: images of the last five builds are kept.",
    agentAction: () =>
      `Tell the user this release cannot be rolled back to, then choose one with "can_roll_back": true from GET /deploy/{id}/releases.`,
  },
  not_ready: {
    status: 409,
    message: ({ detail }) => `This deployment is ${detail ?? "changing"}, so it cannot do that now.`,
    agentAction: () =>
      `Tell the user the deployment is not ready for this. GET /deploy/{id} shows its status; try again when "status" has changed, or deploy a new one if it has ended.`,
  },
  env_too_large: {
    status: 413,
    message: () => "The variables of a deployment take 64 KiB at most, names and values together.",
    agentAction: () => `Tell the user the variables are too large, then put large values into files of the source or into a bucket.`,
  },
  deletion_confirmation_required: {
    status: 422,
    message: () => "Deleting a deployment must be confirmed.",
    agentAction: () =>
      `Tell the user that deleting destroys the running app and its variables. If they agree, send the same request with the header "X-Skip-Email-Confirmation: yes".`,
  },
  too_many_log_readers: {
    status: 429,
    message: () => "This team follows as many logs at once as it may.",
    agentAction: () =>
      `Tell the user other readers of their team's logs must close first. Close one, or read once with ?follow=false, then try again as Retry-After says.`,
    retryAfterSeconds: 10,
  },
  resource_binding_lookup_failed: {
    status: 503,
    message: () => "The bound resources could not be read now, so nothing was deployed.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the platform could not read a bound resource, then try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
  builder_unavailable: {
    status: 503,
    message: () => "The platform builds and starts no apps right now; nothing was changed.",
    agentAction: ({ publicUrl }) =>
      `Tell the user deploys are paused and running apps are unaffected. Try again as Retry-After says. Status: ${publicUrl}/readyz`,
    retryAfterSeconds: 60,
  },
  fetch_failed: {
    status: 503,
    message: () => "Logs and metrics cannot be read now.",
    agentAction: ({ publicUrl }) =>
      `Tell the user logs are briefly unavailable; the app is unaffected. Try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
} as const satisfies Record<string, ErrorRow>;
