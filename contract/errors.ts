/**
 * Every error a caller can get: code, status, message and what an agent should tell its user.
 * The envelope and the rules: PRODUCT "error envelope", `live-api` 2.1. No other file but `account-errors.ts` holds an error text.
 */
import { z } from "zod";
import { ACCOUNT_ERRORS } from "./account-errors.ts";
import type { ErrorContext, ErrorRow } from "./error-row.ts";

export const RETRY_AFTER_429_SECONDS = 60;
export const RETRY_AFTER_503_SECONDS = 30;

const NAME_RULE = "1 to 64 characters, starting with a letter or digit; letters, digits, spaces, underscores and hyphens after";

export const ERRORS = {
  ...ACCOUNT_ERRORS,
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
  invalid_body: {
    status: 400,
    message: () => `The body must be one JSON object in UTF-8.`,
    agentAction: () => `Tell the user the request body was not a JSON object, then send it again, for example {"name":"my-db"}.`,
  },
  invalid_dimensions: {
    status: 400,
    message: () => `"dimensions" must be a whole number from 1 to 16000.`,
    agentAction: () => `Tell the user the dimensions were refused, then send a whole number from 1 to 16000, or leave them out for 1536.`,
  },
  invalid_response: {
    status: 400,
    message: ({ detail }) => `"response" ${detail ?? 'must be an object such as {"status":200,"content_type":"text/plain","body":"ok"}'}.`,
    agentAction: () =>
      `Tell the user the fixed response was refused, then send {"status":200,"content_type":"text/plain","body":"ok"}: status 200-299 or 400-599, type text/plain, application/json or application/xml; or leave it out.`,
  },
  invalid_query: {
    status: 400,
    message: ({ detail }) => `In the query, ${detail ?? "a parameter is not what this route takes"}.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user a query parameter was refused, then correct it as the message says or leave it out. See ${publicUrl}/openapi.json`,
  },
  invalid_url: {
    status: 400,
    message: ({ detail }) => `"url" ${detail ?? "must be an absolute http or https URL"}.`,
    agentAction: () =>
      `Tell the user the target was refused, then send {"url":"https://…"} with a public host of their own, without user or password.`,
  },
  invalid_idempotency_key: {
    status: 400,
    message: ({ detail }) => `Idempotency-Key ${detail ?? "must be 1 to 255 printable ASCII characters"}.`,
    agentAction: ({ publicUrl }) =>
      `Tell the user the Idempotency-Key was refused, then send a fresh UUID as the key. See ${publicUrl}/docs/idempotency`,
  },
  missing_token: {
    status: 400,
    message: () => `Send the upgrade_jwt of a resource as "t".`,
    agentAction: () => `Tell the user the claim link has no token in it, then use the upgrade_jwt or claim_url of a create's answer.`,
  },
  invalid_token: {
    status: 400,
    message: ({ detail }) => detail ?? `This token is not a valid claim token, or it has expired.`,
    agentAction: () =>
      `Tell the user this token or claim link is not valid. Use the token, the upgrade_jwt or the claim_url of a resource that is still there.`,
  },
  invalid_operation: {
    status: 400,
    message: () => `"operation" must be "PUT" (upload) or "GET" (download).`,
    agentAction: () => `Tell the user the operation was refused, then send "operation":"PUT" to upload or "operation":"GET" to download.`,
  },
  invalid_key: {
    status: 400,
    message: () => `"key" must name an object: text that is not empty and takes at most 1000 bytes.`,
    agentAction: () => `Tell the user the object key was refused, then send it again, for example "key":"uploads/photo.jpg".`,
  },
  path_unsafe: {
    status: 400,
    message: () => `"key" must be a plain relative path: no "..", no ".", no empty part and no slash at its beginning or end.`,
    agentAction: () =>
      `Tell the user the object key was refused because it could lead out of their prefix, then send a plain one, for example "uploads/photo.jpg".`,
  },
  invalid_expires_in: {
    status: 400,
    message: () => `"expires_in" must be a whole number of seconds from 1; above 3600 counts as 3600.`,
    agentAction: () => `Tell the user the lifetime was refused, then send "expires_in" from 1 to 3600, or leave it out for 600.`,
  },
  not_a_storage_resource: {
    status: 400,
    message: () => "This token belongs to another kind of resource.",
    agentAction: () => `Tell the user only storage has objects. Make one with POST /storage/new and use its token.`,
  },
  no_connection_url: {
    status: 400,
    message: () => "This kind of resource has no connection URL.",
    agentAction: () => `Tell the user this resource is not connected to by a URL with a password, so there is none to show or change.`,
  },
  malformed_report: {
    status: 400,
    message: () => "This is not a report this API understands.",
    agentAction: () => `Tell the user this route takes signed reports of the platform's own provisioner only; there is nothing to do here.`,
  },
  unknown_report_key: {
    status: 401,
    message: () => "The report is signed by a key this API does not know.",
    agentAction: () => `Tell the user the provisioner's key is not configured: its public half belongs into BRIDGE_REPORT_JWKS.`,
  },
  invalid_report_signature: {
    status: 401,
    message: () => "The signature of the report does not verify.",
    agentAction: () => `Tell the user this report was not signed by the platform's provisioner, or was changed on its way.`,
  },
  report_expired: {
    status: 401,
    message: () => "The report is late, early, or claims to live too long.",
    agentAction: () => `Tell the user the report came too late or the provisioner's clock is wrong; it sends a fresh one by itself.`,
  },
  unauthorized: {
    status: 401,
    message: ({ detail }) => detail ?? "The Authorization header holds no valid credential.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the credential was refused. For an anonymous resource send no Authorization header at all; otherwise sign in at ${publicUrl} for a new one.`,
    upgradePath: "/login",
  },
  replay_requires_account: {
    status: 403,
    message: () => "Requests are replayed for inboxes of an account only; this one is anonymous.",
    agentAction: ({ publicUrl }) =>
      `Tell the user to claim this inbox first, at ${publicUrl}/start with its upgrade_jwt, and then to replay with an API key or session. Until then read the request and send it yourself.`,
    upgradePath: "/start",
  },
  quota_exceeded: {
    status: 402,
    message: ({ detail, cap }) =>
      cap === undefined
        ? `One of this caller's ${detail ?? ""} resources stores more than its limit.`.replace("  ", " ")
        : `This team has all the ${detail ?? ""} resources its tier includes: ${cap}.`.replace("  ", " "),
    agentAction: ({ publicUrl, cap }) =>
      cap !== undefined
        ? `Tell the user their ${cap} resources are all in use; they go on running. Delete one, or choose a larger tier at ${publicUrl}/pricing, then try again.`
        : `Tell the user a resource of this kind is over its storage limit; it goes on running. Delete data in it (Postgres: and VACUUM), then try again in two minutes, or claim it at ${publicUrl}/start for a larger limit.`,
    upgradePath: "/pricing",
  },
  storage_limit_reached: {
    status: 402,
    message: () => "One of this caller's storage resources holds more than its limit.",
    agentAction: ({ publicUrl }) =>
      `Tell the user their storage is over its limit; what is stored stays readable. Delete objects, then try again in two minutes, or claim it at ${publicUrl}/start for a larger limit.`,
    upgradePath: "/pricing",
  },
  wrong_report_audience: {
    status: 403,
    message: () => "The report is of another bridge, or for somebody else.",
    agentAction: () => `Tell the user the provisioner's BRIDGE_ID differs from this API's, then make them the same.`,
  },
  cross_team_session: {
    status: 403,
    message: () => "The bearer does not own this resource.",
    agentAction: () =>
      `Tell the user the credential sent is another resource's. Leave the Authorization header out: the token in the path is enough.`,
  },
  resource_not_found: {
    status: 404,
    message: () => "There is no such resource.",
    agentAction: () => `Tell the user this resource does not exist any more or the token is wrong, then make a new one.`,
  },
  not_found: {
    status: 404,
    message: () => "There is nothing here.",
    agentAction: ({ publicUrl }) => `Tell the user this path or resource does not exist. Every route is in ${publicUrl}/openapi.json`,
  },
  webhook_not_found: {
    status: 404,
    message: () => "There is no such webhook inbox.",
    agentAction: ({ publicUrl }) =>
      `Tell the user this inbox does not exist, or is not theirs. Use receive_url and upgrade_jwt of one create's answer, or make one: POST ${publicUrl}/webhook/new`,
  },
  webhook_request_not_found: {
    status: 404,
    message: () => "This inbox holds no such request: it was evicted by newer ones, or never came.",
    agentAction: () =>
      `Tell the user the request is not there any more, then list what is: GET /api/v1/webhooks/{token}/requests with the same bearer.`,
  },
  method_not_allowed: {
    status: 405,
    message: ({ allow }) => `This path takes ${allow ?? "another method"}.`,
    agentAction: ({ publicUrl, allow }) =>
      `Tell the user the method was wrong, then use ${allow ?? "the method"} as in ${publicUrl}/openapi.json`,
  },
  report_conflict: {
    status: 409,
    message: () => "A report with the same id had other content.",
    agentAction: () => `Tell the user this report id was used before; the provisioner sends every report under an id of its own.`,
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
  webhook_expired: {
    status: 410,
    message: () => "This webhook inbox is gone: its time is over, or it was deleted.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the inbox is gone and takes nothing any more, then make a new one (POST ${publicUrl}/webhook/new) and give its receive_url to the sender. A claimed inbox does not expire.`,
  },
  resource_inactive: {
    status: 410,
    message: () => "This resource has expired or was deleted.",
    agentAction: () => `Tell the user this resource is gone with all it held, then make a new one. Claimed resources do not expire.`,
  },
  payload_too_large: {
    status: 413,
    message: ({ maxBytes }) => `The body is larger than the ${maxBytes} bytes this route takes.`,
    agentAction: ({ maxBytes }) => `Tell the user the request was too large, then send at most ${maxBytes} bytes.`,
  },
  target_too_long: {
    status: 414,
    message: ({ maxBytes }) => `Path and query are longer than the ${maxBytes} bytes an inbox keeps.`,
    agentAction: ({ maxBytes }) => `Tell the user the URL was too long, then send at most ${maxBytes} bytes of path and query.`,
  },
  headers_too_large: {
    status: 431,
    message: ({ maxBytes }) => `The headers are larger than the ${maxBytes} bytes an inbox keeps.`,
    agentAction: ({ maxBytes }) => `Tell the user the headers were too large, then send at most ${maxBytes} bytes of them.`,
  },
  unsupported_media_type: {
    status: 415,
    message: () => "This route takes JSON.",
    agentAction: () => `Tell the user the body had the wrong type, then send it with "Content-Type: application/json".`,
  },
  rate_limited: {
    status: 429,
    message: ({ detail }) => detail ?? "Too many requests in a short time.",
    agentAction: () => `Tell the user requests come too fast, then wait as long as Retry-After says and go on more slowly.`,
  },
  provision_limit_reached: {
    status: 429,
    message: ({ detail }) => `This address has made its ${detail ?? ""} anonymous resources of today (UTC).`,
    agentAction: ({ publicUrl }) =>
      `Tell the user today's free anonymous resources are used up. Claim the ones made with their upgrade_jwt at ${publicUrl}/start to keep them and make more, or wait until midnight UTC.`,
    upgradePath: "/pricing",
  },
  network_limit_reached: {
    status: 429,
    message: () => "Very many anonymous resources were made from this network today.",
    agentAction: ({ publicUrl }) =>
      `Tell the user their network has used up today's anonymous resources. Claim one at ${publicUrl}/start and create with an API key, or try again tomorrow.`,
    retryAfterSeconds: 3600,
    upgradePath: "/pricing",
  },
  internal_error: {
    status: 500,
    message: () => "Something failed here that should not have.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the platform failed, not their request. Try once more with an Idempotency-Key; if it stays, report the request_id. Status: ${publicUrl}/readyz`,
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
    message: () => "The resource could not be made; nothing is left of it and it did not count.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the create failed and cost nothing, then send it again as Retry-After says, with the same Idempotency-Key. Status: ${publicUrl}/readyz`,
  },
  provisioner_unavailable: {
    status: 503,
    message: () => "The provisioner did not answer; nothing is left of this create and it did not count.",
    agentAction: ({ publicUrl }) =>
      `Tell the user provisioning is down for the moment, then try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
  service_disabled: {
    status: 503,
    message: () => "This installation offers no such kind of resource.",
    agentAction: ({ publicUrl }) =>
      `Tell the user this kind of resource is switched off here, then use another kind. What works: ${publicUrl}/readyz`,
    retryAfterSeconds: 3600,
  },
  webhook_unavailable: {
    status: 503,
    message: () => "The inbox did not answer; nothing was stored.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the inbox is briefly unavailable, then send the same request again as Retry-After says. Status: ${publicUrl}/readyz`,
    retryAfterSeconds: 5,
  },
  replay_disabled: {
    status: 503,
    message: () => "This installation sends no replays.",
    agentAction: () => `Tell the user replays are switched off here, then read the request and send it yourself.`,
    retryAfterSeconds: 3600,
  },
  sign_failed: {
    status: 503,
    message: () => "The URL could not be signed now.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the object store's keys are briefly unavailable, then try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
  update_failed: {
    status: 503,
    message: () => "The change could not be made now.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the change did not go through, then send it again as Retry-After says: it goes on where it stopped. Status: ${publicUrl}/readyz`,
  },
  delete_failed: {
    status: 503,
    message: () => "The resource could not be deleted now; it is as it was.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the resource was not deleted, then send it again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
  admission_unavailable: {
    status: 503,
    message: () => "The platform could not check its limits, so nothing was made.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the platform is briefly unavailable, then try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
  lookup_failed: {
    status: 503,
    message: () => "The platform's own database did not answer.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the platform's database is briefly unavailable, then try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorStatus = (typeof ERRORS)[ErrorCode]["status"];

/** Why a credential was refused; `error` stays `unauthorized`. */
export const AUTH_ERROR_CODES = [
  "missing_credentials",
  "malformed_token",
  "expired_token",
  "invalid_claims",
  "revoked_session",
  "revoked_key",
] as const;
export type AuthErrorCode = (typeof AUTH_ERROR_CODES)[number];

export const errorEnvelopeSchema = z.object({
  ok: z.literal(false),
  error: z.string(),
  message: z.string(),
  /** Always a key; null where waiting does not help. */
  retry_after_seconds: z.number().int().nullable(),
  request_id: z.string(),
  agent_action: z.string().optional(),
  upgrade_url: z.string().optional(),
  claim_url: z.string().optional(),
  error_code: z.enum(AUTH_ERROR_CODES).optional(),
});
export type ErrorEnvelope = z.infer<typeof errorEnvelopeSchema>;

/** The wait a status asks for when its row names none: 429 and 503 always name one (live-api 2.1). */
export function retryAfterSeconds(code: ErrorCode): number | null {
  const row: ErrorRow = ERRORS[code];
  if (row.retryAfterSeconds !== undefined) return row.retryAfterSeconds;
  if (row.status === 429) return RETRY_AFTER_429_SECONDS;
  return row.status === 503 ? RETRY_AFTER_503_SECONDS : null;
}

/** Builds the envelope of one error. `request` carries what only this request knows. */
export function errorEnvelope(
  code: ErrorCode,
  context: ErrorContext,
  request: { requestId: string; retryAfterSeconds?: number; claimUrl?: string; errorCode?: AuthErrorCode },
): ErrorEnvelope {
  const row: ErrorRow = ERRORS[code];
  return {
    ok: false,
    error: code,
    message: row.message(context),
    retry_after_seconds: request.retryAfterSeconds ?? retryAfterSeconds(code),
    request_id: request.requestId,
    ...(row.agentAction ? { agent_action: row.agentAction(context) } : {}),
    ...(row.upgradePath ? { upgrade_url: context.publicUrl + row.upgradePath } : {}),
    ...(request.claimUrl ? { claim_url: request.claimUrl } : {}),
    ...(request.errorCode ? { error_code: request.errorCode } : {}),
  };
}
