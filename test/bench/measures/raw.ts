/** What PostgreSQL itself needs: role, database from the same template, first connection as the role; and to take it away again. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { scramVerifier } from "../../../provisioner-bridge/engines/postgres/scram.ts";
import { TEMPLATE_NAME } from "../../../provisioner-bridge/engines/postgres/template.ts";
import { timed } from "../turns.ts";

const SALT_BYTES = 16;
const NAME_BYTES = 8;

export type Raw = {
  /** @returns milliseconds */
  create(): Promise<number>;
  /** Drops the oldest one that `create` made. */
  drop(): Promise<void>;
  /** Drops all. */
  clear(): Promise<void>;
};

/** @param admin a warm superuser connection to the tenants' server */
export function rawTenants(admin: pg.Client): Raw {
  const made: string[] = [];
  const drop = async (): Promise<void> => {
    const name = made.shift();
    if (name === undefined) throw new Error("no raw database is left to drop");
    await admin.query(`DROP DATABASE ${name}`);
    await admin.query(`DROP ROLE ${name}`);
  };
  return {
    drop,
    async create() {
      const name = `raw_${randomBytes(NAME_BYTES).toString("hex")}`;
      const password = randomBytes(SALT_BYTES).toString("hex");
      const verifier = await scramVerifier(password, randomBytes(SALT_BYTES));
      made.push(name);
      const tenant = new pg.Client({ host: admin.host, port: admin.port, user: name, password, database: name });
      const ms = await timed(async () => {
        await admin.query(`CREATE ROLE ${name} LOGIN CONNECTION LIMIT 2 PASSWORD '${verifier}'`);
        // Its owner may come in even if the bridge, which closes what is open to all, has just passed by.
        await admin.query(`CREATE DATABASE ${name} OWNER ${name} TEMPLATE ${TEMPLATE_NAME}`);
        await tenant.connect();
        await tenant.query("SELECT 1");
      });
      // Not measured: raw is the least that gives a working database.
      await tenant.end();
      return ms;
    },
    async clear() {
      while (made.length > 0) await drop();
    },
  };
}
