/** The settings of the local PostgreSQL servers. */
import { HOST } from "../ports.ts";

/** The limit of the whole server. Tenants' connections are limited by role. */
export const MAX_CONNECTIONS = 300;
export const RESERVED_CONNECTIONS = 10;

export interface ServerSettings {
  port: number;
  /** False: a crash of the machine may lose data, a crash of the server does not. For tests. */
  durable: boolean;
}

/** As `-c name=value`. What the bridge and the tests do is never logged: statements may hold a password's verifier. */
export function serverArguments({ port, durable }: ServerSettings, listenAddresses: string = HOST): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: listenAddresses,
    port,
    // Only TCP: a socket file's path is limited to 107 bytes, and nothing here needs one.
    unix_socket_directories: "",
    max_connections: MAX_CONNECTIONS,
    superuser_reserved_connections: RESERVED_CONNECTIONS,
    password_encryption: "scram-sha-256",
    log_min_error_statement: "panic",
    log_line_prefix: "%m [%p] %q%d ",
    // After a crash every file is synced first. File by file that takes 20 s with a hundred databases.
    ...(process.platform === "linux" ? { recovery_init_sync_method: "syncfs" } : {}),
    ...(durable ? {} : { fsync: "off", full_page_writes: "off", synchronous_commit: "off" }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
