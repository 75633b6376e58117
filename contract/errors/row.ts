/** What an error is made of. The errors themselves: one file a subject beside this one. */

/** What a message may name. Absolute URLs; never a secret. */
export type ErrorContext = { publicUrl: string; detail?: string; maxBytes?: number; allow?: string; cap?: number; isMissing?: boolean };

export type ErrorRow = {
  status: 400 | 401 | 402 | 403 | 404 | 405 | 409 | 410 | 413 | 414 | 415 | 422 | 429 | 431 | 500 | 503;
  message: (context: ErrorContext) => string;
  /** Starts "Tell the user"; on quota, auth, limits and every 5xx, and wherever a next step exists. */
  agentAction?: (context: ErrorContext) => string;
  /** Overrides the status's own default (429: 60, 503: 30, else null). */
  retryAfterSeconds?: number;
  /** Path under the public URL that `upgrade_url` names. */
  upgradePath?: string;
};
