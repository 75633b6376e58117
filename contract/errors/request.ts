/** The errors any request can get, by its own fault or the platform's: part of the one table in `../errors.ts`. */
import type { ErrorRow } from "./row.ts";

export const REQUEST_ERRORS = {
  invalid_body: {
    status: 400,
    message: () => `The body must be one JSON object in UTF-8.`,
    agentAction: () => `Tell the user the request body was not a JSON object, then send it again, for example {"name":"my-db"}.`,
  },
  type_mismatch: {
    status: 400,
    message: ({ detail }) => `${detail ?? "A field has a value of the wrong type"}.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user a field had the wrong type of value, then correct it as the message says or leave it out. See ${publicUrl}/openapi.json`,
  },
  invalid_query: {
    status: 400,
    message: ({ detail }) => `In the query, ${detail ?? "a parameter is not valid for this route"}.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user a query parameter was refused, then correct it as the message says or leave it out. See ${publicUrl}/openapi.json`,
  },
  invalid_idempotency_key: {
    status: 400,
    message: ({ detail }) => `Idempotency-Key ${detail ?? "must be 1 to 255 printable ASCII characters"}.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user the Idempotency-Key was refused, then send a fresh UUID as the key. See ${publicUrl}/docs/idempotency`,
  },
  unauthorized: {
    status: 401,
    message: ({ detail, isMissing }) =>
      detail ??
      (isMissing ? "This route needs a credential, and the request has none." : "The Authorization header holds no valid credential."),
    agentAction: ({ publicUrl, isMissing }) =>
      isMissing
        ? `Tell the user this needs an API key. To get one: POST ${publicUrl}/db/new without a key, POST its upgrade_jwt and an e-mail to ${publicUrl}/claim, open the mailed link, and make a key at ${publicUrl}/dashboard/api-keys.`
        : `Tell the user the credential was refused. For an anonymous resource send no Authorization header at all; otherwise sign in at ${publicUrl} for a new one.`,
    upgradePath: "/login",
  },
  not_found: {
    status: 404,
    message: () => "There is nothing here.",
    agentAction: ({ publicUrl }) => `Tell the user this path or resource does not exist. Every route is in ${publicUrl}/openapi.json`,
  },
  method_not_allowed: {
    status: 405,
    message: ({ allow }) => `This path accepts ${allow ?? "another method"}.`,
    agentAction: ({ publicUrl, allow }) =>
      `Tell the user the method was wrong, then use ${allow ?? "the method"} as in ${publicUrl}/openapi.json`,
  },
  idempotency_key_conflict: {
    status: 409,
    message: () => "This Idempotency-Key was used with another body.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the key belongs to an earlier, different request. Use a new key for a new request. See ${publicUrl}/docs/idempotency`,
  },
  idempotency_key_in_progress: {
    status: 409,
    message: () => "A request with this Idempotency-Key is still running.",
    agentAction: () => `Tell the user the first request is still running, then send the same request with the same key again in 2 seconds.`,
    retryAfterSeconds: 2,
  },
  payload_too_large: {
    status: 413,
    message: ({ maxBytes }) => `The body is larger than the ${maxBytes} bytes this route accepts.`,
    agentAction: ({ maxBytes }) => `Tell the user the request was too large, then send at most ${maxBytes} bytes.`,
  },
  unsupported_media_type: {
    status: 415,
    message: () => "This route accepts JSON.",
    agentAction: () => `Tell the user the body had the wrong type, then send it with "Content-Type: application/json".`,
  },
  rate_limited: {
    status: 429,
    message: ({ detail }) => detail ?? "Too many requests in a short time.",
    agentAction: () => `Tell the user requests come too fast, then wait as long as Retry-After says and send fewer requests.`,
  },
  internal_error: {
    status: 500,
    message: () => "The platform failed unexpectedly.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the platform failed, not their request. Try once more with an Idempotency-Key; if it fails again, report the request_id. Status: ${publicUrl}/readyz`,
  },
  lookup_failed: {
    status: 503,
    message: () => "The platform's own database did not answer.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the platform's database is briefly unavailable, then try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
} as const satisfies Record<string, ErrorRow>;
