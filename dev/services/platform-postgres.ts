/** The platform's PostgreSQL: the platform database and the bridge's registry, each with its own owner. */
import { changedUrl, withConnection } from "../postgres/connect.ts";
import type { Surroundings } from "../process/process-service.ts";
import type { Secrets } from "../secrets.ts";
import { type ClusterOptions, type PostgresCluster, postgresCluster } from "./postgres-cluster.ts";

export const PLATFORM_DATABASE = "instanode_platform";
export const REGISTRY_DATABASE = "instanode_registry";

export interface PlatformPostgres extends PostgresCluster {
  /** The Worker's URL: as the owner of the platform database. */
  platformUrl: string;
  /** The bridge's URL: as the owner of the registry. */
  registryUrl: string;
}

export function platformPostgres(options: Omit<ClusterOptions, "name">, secrets: Secrets, surroundings: Surroundings): PlatformPostgres {
  const cluster = postgresCluster({ ...options, name: "platform-postgres" }, surroundings);
  const owned = [
    { database: PLATFORM_DATABASE, password: secrets.platformPassword },
    { database: REGISTRY_DATABASE, password: secrets.registryPassword },
  ];
  const urlOf = (database: string, password: string): string => changedUrl(cluster.url, { database, user: database, password });
  return {
    ...cluster,
    platformUrl: urlOf(PLATFORM_DATABASE, secrets.platformPassword),
    registryUrl: urlOf(REGISTRY_DATABASE, secrets.registryPassword),
    async ready() {
      await cluster.ready();
      for (const { database, password } of owned) await makeDatabase(cluster.url, database, password);
    },
  };
}

/** Makes a database and a role of the same name that owns it. Idempotent. */
async function makeDatabase(superuserUrl: string, name: string, password: string): Promise<void> {
  await withConnection(superuserUrl, async (client) => {
    const identifier = client.escapeIdentifier(name);
    const exists = async (catalogue: string): Promise<boolean> => ((await client.query(catalogue, [name])).rowCount ?? 0) > 0;
    if (!(await exists("select 1 from pg_roles where rolname = $1"))) await client.query(`create role ${identifier} login`);
    await client.query(`alter role ${identifier} password ${client.escapeLiteral(password)}`);
    if (!(await exists("select 1 from pg_database where datname = $1")))
      await client.query(`create database ${identifier} owner ${identifier}`);
    await client.query(`revoke connect, temporary on database ${identifier} from public`);
  });
}
