/** Where things are in the checkout and in a data directory. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));
export const DEFAULT_DATA_DIR = join(ROOT, ".data");

export interface DataPaths {
  dataDir: string;
  secrets: string;
  logs: string;
  /** Generated configuration, new at every start. */
  run: string;
  durableObjects: string;
  /** Sources of deploys, and their build logs. */
  deploys: string;
  /** Folder of the servers' data: reachable by the user they run as, so it may be a link to a place outside (data/servers.ts). */
  servers: string;
}

export function dataPaths(dataDir: string): DataPaths {
  return {
    dataDir,
    secrets: join(dataDir, "secrets.json"),
    logs: join(dataDir, "logs"),
    run: join(dataDir, "run"),
    durableObjects: join(dataDir, "durable-objects"),
    deploys: join(dataDir, "deploys"),
    servers: join(dataDir, "servers"),
  };
}
