/** PostgreSQL's ready-made tenants keep what every engine's do. */
import { escapeIdentifier } from "pg";
import { tenantLimits } from "../../../contract/limits.ts";
import { describePool, usePool } from "../suite/pool.ts";
import { postgresSubject, sqlOn } from "./subject.ts";

describePool(usePool(postgresSubject), {
  anonymous: tenantLimits("postgres", "anonymous"),
  spoil: async (server, name) => void (await sqlOn(server, `ALTER ROLE ${escapeIdentifier(name)} PASSWORD NULL`)),
});
