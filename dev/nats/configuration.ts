/** The configuration file of a local NATS server. It holds no secret: keys sign, and only what they have signed stands here. */
import type { Operator } from "./operator.ts";

/**
 * The server promises each tenant its storage and refuses who does not fit. Tenants of a developer's machine rarely use theirs: it may
 * promise far more than the disk has.
 */
export const STORAGE_PROMISED = "1TB";

export interface NatsConfiguration {
  /** Where it listens. */
  host: string;
  port: number;
  webSocketPort: number;
  /** Of its accounts and streams. */
  directory: string;
  /** What `max_file` says. */
  storage?: string;
  /** Left out: a server open to everybody. */
  operator?: Operator;
}

export function natsConfiguration(configuration: NatsConfiguration): string {
  const { host, port, webSocketPort, directory, storage = STORAGE_PROMISED, operator } = configuration;
  return `listen: "${host}:${port}"
${operator === undefined ? "" : operatorLines(operator, directory)}
# No memory: what a tenant stores must survive a restart, and memory cannot be promised.
jetstream { store_dir: "${directory}", max_mem: 0, max_file: ${storage} }
# On loopback nobody listens in; a public server has tls here and above.
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
