/** The configuration of a Redis that is fit for tenants. What each line keeps apart: docs/limits.md. */
import { createHash } from "node:crypto";

export const ADMINISTRATOR = "instanode";

export interface RedisSettings {
  /** Where it listens; in a container, inside of it. */
  bind: string;
  port: number;
  /** Folder of its data. */
  directory: string;
  /** Of the administrator, whom only the bridge knows. */
  password: string;
  maxMemory: string;
  /** False: the log of writes is not forced to disk. It is written all the same, so a killed server has its data again. */
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
    // Who may come in: the administrator, and the tenants whom the bridge adds. They live in memory; the bridge's registry has them.
    "user default off",
    `user ${ADMINISTRATOR} on #${hash} ~* &* +@all`,
    // In a second database keys could be hidden.
    "databases 1",
    `maxmemory ${maxMemory}`,
    "maxmemory-policy noeviction",
    // Answers that nobody reads, and values made with one command, must not fill the memory before anybody can look.
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
