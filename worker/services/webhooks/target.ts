/**
 * Checks of a URL that a caller chooses, such as that of a replay, that need no name resolution. The network refuses hosts that resolve to non-public addresses
 * (worker/ports/public-internet.ts).
 */
import ipaddr from "ipaddr.js";
import type { Config } from "../../env.ts";
import { ApiError } from "../../errors.ts";

const URL_MAX_CHARACTERS = 2_048;
const WEB_PORTS = new Set(["", "80", "443"]);
/** Lower ports, except 80 and 443, belong to services that do not expect webhooks. */
const FIRST_FREE_PORT = 1_024;

/** @returns the URL as it will be sent, without its fragment @throws ApiError `invalid_url`, whose detail names the broken rule */
export function replayTarget(text: unknown, config: Config): string {
  return publicTarget(text, { config, protocols: ["http:", "https:"], code: "invalid_url" });
}

type Rules = { config: Config; protocols: readonly string[]; code: "invalid_url" | "invalid_notify_webhook" };

/** As `replayTarget`, for any URL that we send requests to and a caller chooses. @throws ApiError `code` */
export function publicTarget(text: unknown, { config, protocols, code }: Rules): string {
  if (typeof text !== "string" || text.length > URL_MAX_CHARACTERS || !URL.canParse(text)) throw new ApiError(code);
  const url = new URL(text);
  const complaint = complaintAbout(url, protocols, ownHosts(config));
  if (complaint !== null) throw new ApiError(code, { detail: complaint });
  url.hash = "";
  return url.href;
}

function complaintAbout(url: URL, protocols: readonly string[], own: readonly string[]): string | null {
  if (!protocols.includes(url.protocol)) return `must be an absolute ${protocols.join(" or ").replaceAll(":", "")} URL`;
  if (url.username !== "" || url.password !== "") return "must hold no user and no password";
  if (!WEB_PORTS.has(url.port) && Number(url.port) < FIRST_FREE_PORT) return "must name port 80, 443 or one from 1024";
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  if (!isPublic(host)) return "must name a public host";
  return own.some((name) => host === name || host.endsWith(`.${name}`)) ? "must not name one of our own hosts" : null;
}

/** `URL` has already normalised every notation of an IPv4 address to dotted decimal. */
function isPublic(host: string): boolean {
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === "unicast";
  // A name without a dot belongs to the local network.
  return host.includes(".") && !/\.(?:localhost|local|internal|home\.arpa)$/.test(host);
}

/** The hosts of the Worker itself and of the services it connects to. */
function ownHosts({ publicUrl, bridgeUrl, databaseUrl, databaseFetchEndpoint, ownDomains }: Config): string[] {
  const urls = [publicUrl, bridgeUrl, databaseUrl, ...(databaseFetchEndpoint === null ? [] : [databaseFetchEndpoint])];
  return [...ownDomains, ...urls.map((url) => new URL(url).hostname.toLowerCase())];
}
