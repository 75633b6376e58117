/** What PostgreSQL itself needs: role, database from the same template, first connection as the role. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { scramVerifier } from "../../../provisioner-bridge/engines/postgres/scram.ts";
import { TEMPLATE_NAME } from "../../../provisioner-bridge/engines/postgres/template.ts";
import { type Measure, timed } from "../measure.ts";

const SALT_BYTES = 16;
const NAME_BYTES = 8;

/** @param admin a warm superuser connection to the tenants' server */
export function rawCreate(admin: pg.Client): Measure {
  const made: string[] = [];
  return {
    name: "raw CREATE ROLE + CREATE DATABASE + connect",
    async once() {
      const name = `raw_${randomBytes(NAME_BYTES).toString("hex")}`;
      const password = randomBytes(SALT_BYTES).toString("hex");
      const verifier = await scramVerifier(password, randomBytes(SALT_BYTES));
      made.push(name);
      const tenant = new pg.Client({ host: admin.host, port: admin.port, user: name, password, database: name });
      const ms = await timed(async () => {
        await admin.query(`CREATE ROLE ${name} LOGIN CONNECTION LIMIT 2 PASSWORD '${verifier}'`);
        await admin.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_NAME}`);
        await tenant.connect();
        await tenant.query("SELECT 1");
      });
      // Not measured: raw is the least that gives a working database.
      await tenant.end();
      return ms;
    },
    async cleanUp() {
      for (const name of made.splice(0)) {
        await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
        await admin.query(`DROP ROLE ${name}`);
      }
    },
  };
}
