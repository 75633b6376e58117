/**
 * The configuration of the HAProxy in front of the apps. It never changes while HAProxy runs: a reload would end WebSockets. What
 * changes, stands in two maps (maps.ts). docs/decisions/0013-ingress.md.
 */
import { join } from "node:path";
import { ERROR_FORMATS, type ErrorFormat, errorBody, INGRESS_ERRORS, type IngressErrorCode } from "./errors.ts";
import { mapFile } from "./proxy.ts";
import { REQUEST_LOG_FORMAT } from "./request-log.ts";

export interface IngressSettings {
  /** "address:port", several separated by commas. */
  bind: string;
  /** Certificate, its chain and its key in one file. */
  certificate: string;
  /** Apps are at `<app_id>.<domain>`. */
  domain: string;
  /** HAProxy's runtime API, which only the bridge may use. */
  socket: string;
  /** The folders of the maps and of the errors' bodies. */
  maps: string;
  errors: string;
  /** "127.0.0.1:port": gets a line for each answered request (request-log.ts). */
  requests: string;
}

const MAX_CONNECTIONS = 4_000;

/** Name and text of each file in the folder of errors. */
export function errorFiles(): { name: string; text: string }[] {
  const codes = Object.keys(INGRESS_ERRORS) as IngressErrorCode[];
  const formats = Object.keys(ERROR_FORMATS) as ErrorFormat[];
  return codes.flatMap((code) => formats.map((format) => ({ name: `${code}.${format}`, text: errorBody(code, format) })));
}

export function ingressConfiguration(settings: IngressSettings): string {
  const { bind, certificate, domain, socket, maps, requests } = settings;
  return `global
  maxconn ${MAX_CONNECTIONS}
  stats socket ${socket} mode 600 level admin
  ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
  mode http
  # A line that an app sends must not wait for the next one.
  option http-no-delay
  timeout connect 3s
  timeout http-request 30s
  timeout http-keep-alive 60s
  # Between two pieces of a body or a stream.
  timeout client 1h
  timeout server 1h
  timeout tunnel 24h
  # A second later.
  retries 1
  # A request that reached no app, or a kept connection that the app was just closing, is sent again.
  retry-on conn-failure empty-response

frontend apps
  bind ${bind} ssl crt ${certificate} alpn h2,http/1.1
  log ${requests} format raw local0
  log-format "${REQUEST_LOG_FORMAT}"
  http-request set-var(txn.id) uuid()
  acl wants_html req.hdr(accept) -m sub text/html
  acl is_app req.hdr(host),field(1,:) -m reg -i ^[a-z][a-z0-9]{7}\\.${domain.replaceAll(".", "\\.")}$
  http-request set-var(txn.app) req.hdr(host),field(1,.),lower if is_app
  http-request set-var(txn.route) var(txn.app),map_str(${mapFile(maps, "routes")}) if is_app
  # Requests for hosts that are no app are not counted: anyone can send them, under any number of names.
  http-request set-log-level silent unless { var(txn.route) -m found }
${answer(settings, "app_not_found", "{ var(txn.route) -m found }", "unless")}
${answer(settings, "app_stopped", "{ var(txn.route) -m str stopped }")}
  http-request set-var(txn.hex) src,hex
  http-request set-var(txn.digits) src,hex,length
  http-request set-var(txn.client) var(txn.app),concat(/,txn.digits),concat(/,txn.hex)
  acl is_private var(txn.route),field(1,/) private
  acl may_call var(txn.client),map_beg(${mapFile(maps, "clients")}) -m found
${answer(settings, "app_private", "is_private !may_call")}
  # What a client says about itself is overwritten.
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto https
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Real-IP %[src]
  http-request del-header X-Forwarded-Port
  http-request del-header Forwarded
  http-request set-dst var(txn.route),field(2,/)
  http-request set-dst-port var(txn.route),field(3,/)
  use_backend apps_html if wants_html
  default_backend apps_json

${backend(settings, "html")}

${backend(settings, "json")}
`;
}

/** Lines that answer with the error in the format that the client asked for. */
function answer({ errors }: IngressSettings, code: IngressErrorCode, condition: string, word: "if" | "unless" = "if"): string {
  const { status } = INGRESS_ERRORS[code];
  const when = word === "if" ? condition : `!${condition}`;
  const line = (format: ErrorFormat, also: string): string =>
    `  http-request return status ${status} ${content(errors, code, format)} if ${when} ${also}`;
  return [line("html", "wants_html"), line("json", "!wants_html")].join("\n");
}

const content = (errors: string, code: IngressErrorCode, format: ErrorFormat): string =>
  `content-type "${ERROR_FORMATS[format]}" lf-file ${join(errors, `${code}.${format}`)} hdr Cache-Control no-store`;

/** What HAProxy answers when the app does not: one backend for each format, because an error has one body in a backend. */
function backend({ errors }: IngressSettings, format: ErrorFormat): string {
  const codes = ["app_invalid_response", "app_unreachable", "app_timeout"] as const;
  const lines = codes.map((code) => `  http-error status ${INGRESS_ERRORS[code].status} ${content(errors, code, format)}`);
  return `backend apps_${format}
${lines.join("\n")}
  # A POST is not sent twice.
  http-request disable-l7-retry unless { method GET HEAD OPTIONS }
  http-reuse safe
  # Node's servers close a kept connection after 5 s. This proxy closes it before.
  server app 0.0.0.0:0 pool-purge-delay 2s`;
}
