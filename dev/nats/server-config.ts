/** The configuration file of a local NATS server. */
import type { NatsOperator } from "./operator.ts";

export interface NatsServerSettings {
  host: string;
  port: number;
  websocketPort: number;
  /** Holds the accounts and the streams. */
  directory: string;
  /** Null: anybody may do anything, as in `legacy_open`. */
  operator: NatsOperator | null;
  /** What JetStream may store; accounts' promises are summed against it. */
  maxStoreBytes: number;
}

/** Accounts the resolver keeps. */
const MAX_ACCOUNTS = 100_000;

/** Nothing is kept in memory: memory streams would be bounded by nothing but the machine. */
export function natsServerConfig({ host, port, websocketPort, directory, operator, maxStoreBytes }: NatsServerSettings): string {
  const lines = [
    `listen: "${host}:${port}"`,
    `websocket { listen: "${host}:${websocketPort}", no_tls: true }`,
    `jetstream { store_dir: "${directory}/jetstream", max_memory_store: 0, max_file_store: ${maxStoreBytes} }`,
  ];
  if (operator !== null) {
    lines.push(
      `operator: ${operator.operatorJwt}`,
      `system_account: ${operator.systemAccount}`,
      `resolver { type: full, dir: "${directory}/accounts", allow_delete: true, limit: ${MAX_ACCOUNTS} }`,
      `resolver_preload { ${operator.systemAccount}: ${operator.systemJwt} }`,
    );
  }
  return `${lines.join("\n")}\n`;
}
