/** The configuration file of a local NATS server. It holds no secret: only signed JWTs, not the keys that signed them. */
import type { Operator } from "./operator.ts";

/**
 * The server reserves each tenant's storage and refuses a tenant that does not fit. On a developer's machine tenants rarely use
 * theirs, so the server may reserve far more than the disk has.
 */
export const STORAGE_PROMISED = "1TB";

export interface NatsConfiguration {
  /** Where it listens. */
  host: string;
  port: number;
  webSocketPort: number;
  /** The folder of its accounts and streams. */
  directory: string;
  /** What `max_file` says. */
  storage?: string;
  /** Absent: a server without authentication. */
  operator?: Operator;
}

export function natsConfiguration(configuration: NatsConfiguration): string {
  const { host, port, webSocketPort, directory, storage = STORAGE_PROMISED, operator } = configuration;
  return `listen: "${host}:${port}"
${operator === undefined ? "" : operatorLines(operator, directory)}
# No memory: what a tenant stores must survive a restart, and memory cannot be promised.
jetstream { store_dir: "${directory}", max_mem: 0, max_file: ${storage} }
# Loopback needs no TLS. A public server has tls here and above.
websocket { listen: "${host}:${webSocketPort}", no_tls: true }
`;
}

/** The server keeps accounts itself ("full"), and forgets those that are deleted. */
function operatorLines({ operatorJwt, systemAccount, systemAccountJwt }: Operator, directory: string): string {
  return `operator: ${operatorJwt}
system_account: ${systemAccount}
resolver { type: full, dir: "${directory}/accounts", allow_delete: true, hard_delete: true }
resolver_preload { ${systemAccount}: ${systemAccountJwt} }`;
}
