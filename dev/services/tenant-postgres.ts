/** The tenants' PostgreSQL. The bridge prepares everything inside it; this module only runs it, with pgvector installed. */
import { statSync } from "node:fs";
import { engineServer, randomSecret } from "../engine-server-entry.ts";
import { withConnection, withoutSecret } from "../postgres/connect.ts";
import { OLDEST_PGVECTOR } from "../postgres/extension-files.ts";
import { RESERVED_CONNECTIONS } from "../postgres/settings.ts";
import { isAtLeast } from "../postgres/version.ts";
import type { Surroundings } from "../process/process-service.ts";
import type { EngineServer, Part } from "../service.ts";
import { SetupError } from "../setup-error.ts";
import { pgvector } from "./pgvector.ts";
import { type ClusterOptions, type PostgresCluster, postgresCluster } from "./postgres-cluster.ts";

/** Far more than the ceilings allow. Each takes 8 MB of disk. */
const MAX_DATABASES = 2_000;
/** On a developer's machine few tenants are connected at a time. */
const CONNECTION_OVERSUBSCRIPTION = 100;
const DISK_FREE_MIN_PERCENT = 5;
const POSTGRES_PORT = 5432;

const SERVICE = "tenant-postgres";
/** Each ready database takes 8 MB. */
const POOL = { min: 5, max: 50 };

export const tenantPostgresServer = engineServer({
  engine: "postgres",
  service: SERVICE,
  ports: { tenantPostgres: { number: 5442, variable: "INSTANODE_TENANT_POSTGRES_PORT" } },
  makeSecrets: () => ({ tenantSuperuserPassword: randomSecret() }),
  external: { variable: "INSTANODE_TENANT_POSTGRES_URL", what: "superuser's URL of the tenants' PostgreSQL" },
  create: ({ paths, durable, ports, secrets, externalUrl }, surroundings) =>
    tenantPostgres({ paths, durable, port: ports.tenantPostgres, password: secrets.tenantSuperuserPassword, externalUrl }, surroundings),
});

export function tenantPostgres(options: Omit<ClusterOptions, "name">, surroundings: Surroundings): EngineServer {
  const cluster = postgresCluster({ ...options, name: SERVICE }, surroundings);
  /** Docker's image has it. An existing server is asked once it answers. */
  const extension = (): Part | undefined => {
    const runner = cluster.runner();
    return runner?.kind === "binaries" ? pgvector(runner.binaries) : undefined;
  };
  return {
    ...cluster,
    name: SERVICE,
    engine: "postgres",
    ports: options.externalUrl === undefined ? ["tenantPostgres"] : [],
    row: { what: "tenants' PostgreSQL", where: withoutSecret(cluster.url), note: "with pgvector" },
    isOptional: false,
    pool: POOL,
    bridgeEnvironment: (internalHost) => {
      const host = options.externalUrl === undefined ? internalHost : undefined;
      return { BRIDGE_POSTGRES_SERVERS: JSON.stringify([serverEntry(cluster, options.durable, host)]) };
    },
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

/** `internalHost`: where containers reach it; an existing server has one address only. */
function serverEntry(cluster: PostgresCluster, durable: boolean, internalHost: string | undefined) {
  const url = new URL(cluster.url);
  const address = { host: url.hostname, port: Number(url.port || POSTGRES_PORT) };
  const directory = cluster.directory();
  return {
    id: "pg-local",
    admin_url: cluster.url,
    public_host: address.host,
    public_port: address.port,
    internal_host: internalHost ?? address.host,
    internal_port: address.port,
    sslmode: url.searchParams.get("sslmode") ?? "disable",
    max_databases: MAX_DATABASES,
    connection_oversubscription: CONNECTION_OVERSUBSCRIPTION,
    admin_connections: RESERVED_CONNECTIONS,
    // Without fsync a copy of files is the faster way; with it, the write-ahead log is.
    ...(durable ? {} : { strategy: "FILE_COPY" }),
    ...(directory !== null && isReadable(directory) ? { disk_path: directory, disk_free_min_percent: DISK_FREE_MIN_PERCENT } : {}),
  };
}

function isReadable(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
