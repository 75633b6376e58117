/** Where a PostgreSQL installation keeps extensions, and whether pgvector is among them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../process/run.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { isAtLeast } from "./version.ts";

/** HNSW came with 0.5. */
export const OLDEST_PGVECTOR = "0.5.0";

const QUERY_TIMEOUT_MS = 10_000;

export interface ExtensionFolders {
  /** `vector.so` */
  library: string;
  /** `vector.control` and the SQL scripts. */
  scripts: string;
}

export async function extensionFolders(binaries: PostgresBinaries): Promise<ExtensionFolders> {
  const [library = "", share = ""] = (await pgConfig(binaries, ["--pkglibdir", "--sharedir"])).split("\n");
  return { library, scripts: join(share, "extension") };
}

/** What `pg_config` of this installation prints for `options`, one line each. */
export const pgConfig = (binaries: PostgresBinaries, options: readonly string[]): Promise<string> =>
  run(join(binaries.bin, "pg_config"), options, { purpose: "pg_config", timeoutMs: QUERY_TIMEOUT_MS });

export function hasPgvector({ library, scripts }: ExtensionFolders): boolean {
  const control = join(scripts, "vector.control");
  if (!existsSync(control) || !["vector.so", "vector.dylib"].some((name) => existsSync(join(library, name)))) return false;
  const version = /default_version\s*=\s*'([^']+)'/.exec(readFileSync(control, "utf8"))?.[1];
  return version !== undefined && isAtLeast(version, OLDEST_PGVECTOR);
}
