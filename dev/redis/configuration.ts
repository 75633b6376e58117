/** The configuration of a Redis for tenants. The reason for each line: docs/limits/redis.md. */
import { createHash } from "node:crypto";

export const ADMINISTRATOR = "instanode";

export interface RedisSettings {
  /** The port it listens on; in a container, the port inside it. */
  bind: string;
  port: number;
  /** Folder of its data. */
  directory: string;
  /** The administrator's password, which only the bridge knows. */
  password: string;
  maxMemory: string;
  /** False: the log of writes is not forced to disk. It is still written, so a killed server recovers its data. */
  durable: boolean;
}

/** The text of redis.conf; it holds the password's hash only. */
export function redisConfiguration({ bind, port, directory, password, maxMemory, durable }: RedisSettings): string {
  const hash = createHash("sha256").update(password).digest("hex");
  const lines = [
    `bind ${bind}`,
    `port ${port}`,
    `dir ${directory}`,
    "daemonize no",
    // Users: the administrator, and the tenants that the bridge adds. They are kept in memory; the bridge's registry records them.
    "user default off",
    `user ${ADMINISTRATOR} on #${hash} ~* &* +@all`,
    // In a second database keys could be hidden.
    "databases 1",
    `maxmemory ${maxMemory}`,
    "maxmemory-policy noeviction",
    // Unread answers, and large values made with one command, must not fill the memory between two measurements.
    "maxmemory-clients 10%",
    "client-output-buffer-limit normal 64mb 32mb 30",
    "proto-max-bulk-len 32mb",
    // A tenant's DEL of something large frees it in the background.
    "lazyfree-lazy-user-del yes",
    'save ""',
    "appendonly yes",
    `appendfsync ${durable ? "everysec" : "no"}`,
  ];
  return `${lines.join("\n")}\n`;
}
