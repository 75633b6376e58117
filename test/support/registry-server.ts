/** The PostgreSQL that holds the registries of many test files' bridges, each in a database of its own. */
import { lent } from "./lent.ts";
import { adopt, type TestPostgres } from "./postgres.ts";

export const sharedRegistryServer = async (): Promise<TestPostgres> => adopt(await lent<string>("registry-postgres"));
