/** What the ingress itself answers, instead of an app: a page for browsers, the product's error envelope for every other client. */
import { RETRY_AFTER_503_SECONDS } from "../../../contract/errors.ts";

type IngressError = { status: number; message: string; agentAction: string; retry: boolean };

export const INGRESS_ERRORS = {
  app_private: {
    status: 403,
    message: "This app is private, and your address is not among those that may call it.",
    agentAction: "Tell the user this app is private. Its owner can add their address to allowed_ips.",
    retry: false,
  },
  app_not_found: {
    status: 404,
    message: "There is no app at this address.",
    agentAction: "Tell the user no app has this address. GET /api/v1/deployments lists the addresses of their apps.",
    retry: false,
  },
  app_invalid_response: {
    status: 502,
    message: "The app closed the connection, or its answer was not valid HTTP.",
    agentAction: "Tell the user the app did not answer properly. GET /deploy/{id}/logs shows what it printed.",
    retry: true,
  },
  app_stopped: {
    status: 503,
    message: "This app is stopped.",
    agentAction: "Tell the user this app is stopped. POST /deploy/{id}/start starts it again.",
    retry: false,
  },
  app_unreachable: {
    status: 503,
    message: "The app does not accept connections at the moment.",
    agentAction: "Tell the user the app is not running or is restarting. GET /deploy/{id}/events says why.",
    retry: true,
  },
  app_timeout: {
    status: 504,
    message: "The app took too long to answer.",
    agentAction: "Tell the user the app did not answer in time. GET /deploy/{id}/logs shows what it printed.",
    retry: true,
  },
} as const satisfies Record<string, IngressError>;
export type IngressErrorCode = keyof typeof INGRESS_ERRORS;

export const ERROR_FORMATS = { html: "text/html; charset=utf-8", json: "application/json" } as const;
export type ErrorFormat = keyof typeof ERROR_FORMATS;

/** HAProxy's own expression for the id of the request. */
const REQUEST_ID = "%[var(txn.id)]";

/** The body as a format of HAProxy's, in which % begins an expression. */
export function errorBody(code: IngressErrorCode, format: ErrorFormat): string {
  const error: IngressError = INGRESS_ERRORS[code];
  const body = format === "json" ? envelope(code, error) : page(error);
  return body.replaceAll("%", "%%").replaceAll("REQUEST_ID", REQUEST_ID);
}

function envelope(code: IngressErrorCode, { message, agentAction, retry }: IngressError): string {
  const fields = {
    ok: false,
    error: code,
    message,
    retry_after_seconds: retry ? RETRY_AFTER_503_SECONDS : null,
    request_id: "REQUEST_ID",
    agent_action: agentAction,
  };
  return `${JSON.stringify(fields)}\n`;
}

const page = ({ status, message, agentAction }: IngressError): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${status}: ${message}</title>
<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.5rem;color:#1d2330;background:#fafafa}h1{font-size:1.3rem}
p{color:#555}code{font-size:.85rem}@media(prefers-color-scheme:dark){body{color:#eee;background:#14161c}p{color:#aaa}}</style></head>
<body><h1>${message}</h1><p>${agentAction.replace(/^Tell the user /, "").replace(/^./, (first) => first.toUpperCase())}</p>
<p><code>${status} · REQUEST_ID</code></p></body></html>
`;
