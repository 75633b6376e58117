/** The PostgreSQL whose databases are handed out. The bridge prepares everything inside it; this only runs it, with pgvector at hand. */

import { withConnection } from "../postgres/connect.ts";
import { OLDEST_PGVECTOR } from "../postgres/extension-files.ts";
import { isAtLeast } from "../postgres/version.ts";
import type { Surroundings } from "../process/process-service.ts";
import type { Part } from "../service.ts";
import { SetupError } from "../setup-error.ts";
import { pgvector } from "./pgvector.ts";
import { type ClusterOptions, type PostgresCluster, postgresCluster } from "./postgres-cluster.ts";

export function tenantPostgres(options: Omit<ClusterOptions, "name">, surroundings: Surroundings): PostgresCluster {
  const cluster = postgresCluster({ ...options, name: "tenant-postgres" }, surroundings);
  /** Docker's image has it, and a server of somebody else's is asked when it answers. */
  const extension = (): Part | undefined => {
    const runner = cluster.runner();
    return runner?.kind === "binaries" ? pgvector(runner.binaries) : undefined;
  };
  return {
    ...cluster,
    present: async () => (await cluster.present()) && ((await extension()?.present()) ?? true),
    async install(log) {
      if (!(await cluster.present())) await cluster.install(log);
      const part = extension();
      if (part !== undefined && !(await part.present())) await part.install(log);
    },
    async ready() {
      await cluster.ready();
      await refuseWithoutPgvector(cluster.url);
    },
  };
}

async function refuseWithoutPgvector(url: string): Promise<void> {
  const version = await withConnection(url, async (client) => {
    const { rows } = await client.query<{ default_version: string }>(
      "select default_version from pg_available_extensions where name = 'vector'",
    );
    return rows[0]?.default_version;
  });
  if (version !== undefined && isAtLeast(version, OLDEST_PGVECTOR)) return;
  throw new SetupError(`The tenants' PostgreSQL offers ${version === undefined ? "no pgvector" : `only pgvector ${version}`}.`, [
    `Install pgvector ${OLDEST_PGVECTOR} or newer on that server.`,
  ]);
}
