/** The errors of object storage: part of the one table in `../errors.ts`. */
import type { ErrorRow } from "./row.ts";

export const STORAGE_ERRORS = {
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
  storage_limit_reached: {
    status: 402,
    message: () => "One of this caller's storage resources stores more than its limit.",
    agentAction: ({ publicUrl }) =>
      `Tell the user their storage is over its limit; what is stored stays readable. Delete objects, then try again in two minutes, or claim it at ${publicUrl}/start for a larger limit.`,
    upgradePath: "/pricing",
  },
  sign_failed: {
    status: 503,
    message: () => "The URL could not be signed now.",
    agentAction: ({ publicUrl }) =>
      `Tell the user the object store's keys are briefly unavailable, then try again as Retry-After says. Status: ${publicUrl}/readyz`,
  },
} as const satisfies Record<string, ErrorRow>;
