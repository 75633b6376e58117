/** The errors of webhook inboxes: part of the one table in `../errors.ts`. */
import type { ErrorRow } from "./row.ts";

export const WEBHOOK_ERRORS = {
  invalid_response: {
    status: 400,
    message: ({ detail }) => `"response" ${detail ?? 'must be an object such as {"status":200,"content_type":"text/plain","body":"ok"}'}.`,
    agentAction: () =>
      `Tell the user the fixed response was refused, then send {"status":200,"content_type":"text/plain","body":"ok"}: status 200-299 or 400-599, type text/plain, application/json or application/xml; or leave it out.`,
  },
  invalid_url: {
    status: 400,
    message: ({ detail }) => `"url" ${detail ?? "must be an absolute http or https URL"}.`,
    agentAction: () =>
      `Tell the user the target was refused, then send {"url":"https://…"} with a public host of their own, without user or password.`,
  },
  replay_requires_account: {
    status: 403,
    message: () => "Only inboxes of an account can replay requests; this one is anonymous.",
    agentAction: ({ publicUrl }) =>
      `Tell the user to claim this inbox first, at ${publicUrl}/start with its upgrade_jwt, and then to replay with an API key or session. Until then read the request and send it yourself.`,
    upgradePath: "/start",
  },
  webhook_not_found: {
    status: 404,
    message: () => "There is no such webhook inbox.",
    agentAction: ({ publicUrl }) =>
      `Tell the user this inbox does not exist or is not theirs. Use receive_url and upgrade_jwt from the answer of one create, or make one: POST ${publicUrl}/webhook/new`,
  },
  webhook_inactive: {
    status: 409,
    message: () => "This webhook inbox is paused; nothing was stored.",
    agentAction: ({ publicUrl }) =>
      `Tell the user this inbox is paused and accepts no requests. Its team resumes it with POST ${publicUrl}/api/v1/resources/{token}/resume; then send the request again.`,
  },
  webhook_request_not_found: {
    status: 404,
    message: () => "This inbox does not hold this request: newer requests evicted it, or it was never received.",
    agentAction: () =>
      `Tell the user the request is no longer stored, then list the stored ones: GET /api/v1/webhooks/{token}/requests with the same bearer.`,
  },
  webhook_expired: {
    status: 410,
    message: () => "This webhook inbox has expired or was deleted.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the inbox is gone and no longer accepts requests, then make a new one (POST ${publicUrl}/webhook/new) and give its receive_url to the sender. A claimed inbox does not expire.`,
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
  webhook_unavailable: {
    status: 503,
    message: () => "The inbox did not answer; nothing was stored.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the inbox is briefly unavailable, then send the same request again as Retry-After says. Status: ${publicUrl}/readyz`,
    retryAfterSeconds: 5,
  },
  replay_disabled: {
    status: 503,
    message: () => "Replays are switched off on this installation.",
    agentAction: () => `Tell the user replays are switched off here, then read the request and send it yourself.`,
    retryAfterSeconds: 3600,
  },
} as const satisfies Record<string, ErrorRow>;
