/** Makes a tenant: role, database from the template, rights, proof. Every step meets its own earlier work. */
import { type ClientBase, escapeIdentifier, escapeLiteral } from "pg";
import { z } from "zod";
import { type Point, runSteps, type Step } from "../../steps.ts";
import type { Engine } from "../engine.ts";
import { hasCode, SQLSTATE } from "./errors.ts";
import { useOnce } from "./ready.ts";
import { type PostgresServer, withAdmin, withSpareAdmin } from "./server.ts";
import { joinTenant, lockTenant, openToTenant, roleAttributes, setPassword, shareTenant, unshareTenant } from "./sql.ts";
import { TEMPLATE_NAME } from "./template.ts";

/** What an interrupted DROP DATABASE leaves as a database's connection limit (PostgreSQL 15.4). */
const INVALID_DATABASE_LIMIT = -2;

type NewTenant = Parameters<Engine["create"]>[1];

type Making = { client: ClientBase; server: PostgresServer; tenant: NewTenant };
type Proving = { server: PostgresServer; tenant: NewTenant; leaving: Promise<void>[] };

/** On one session. The role is marked first: after a crash the rest is found by its mark. */
const MAKING: readonly Step<Making>[] = [
  { name: "role", do: ({ client, server, tenant }) => ensureRole(client, tenant, server.mark) },
  { name: "database", do: makeDatabase },
  {
    name: "grants",
    do: ({ client, server, tenant }) => client.query(`${openToTenant(tenant.name, server.mark)};${unshareTenant(tenant.name)}`),
  },
];

const PROVING: readonly Step<Proving>[] = [
  {
    name: "ready",
    async do({ server, tenant, leaving }) {
      leaving.push((await useOnce(server, tenant)).left);
    },
  },
];

export const CREATE_STEPS = [...MAKING, ...PROVING];

/**
 * Creates the tenant and connects as it.
 * @param proved called while the session of the proof is ending
 */
export async function createTenant(server: PostgresServer, tenant: NewTenant, point: Point, proved?: () => Promise<void>): Promise<void> {
  await withAdmin(server, (client) => runSteps(MAKING, { client, server, tenant }, point));
  const leaving: Promise<void>[] = [];
  await runSteps(PROVING, { server, tenant, leaving }, point);
  await Promise.all([...leaving, proved?.()]);
}

/** Database and password side by side where the server lets us: each takes the server some milliseconds of work. */
async function makeDatabase({ client, server, tenant }: Making): Promise<void> {
  const beside = withSpareAdmin(server, (spare) => setPasswordBeside(spare, server, tenant));
  const [, isSet] = await Promise.all([ensureDatabase(client, server, tenant.name), beside]);
  if (isSet !== true) await client.query(`${UNFLUSHED};${await setPassword(server.random, tenant)}`);
}

/** Not flushed by itself: the next commit that is, CREATE DATABASE's or the one that opens the database, makes everything before it durable. */
const UNFLUSHED = "SET LOCAL synchronous_commit = off";

/** A role that cannot log in yet: it has no password, unless an earlier try has set it. Leaves the tenant locked, and shared. */
async function ensureRole(client: ClientBase, { name, limits }: NewTenant, mark: string): Promise<void> {
  const role = escapeIdentifier(name);
  const attributes = roleAttributes(limits.connections);
  const rest = `COMMENT ON ROLE ${role} IS ${escapeLiteral(mark)};${shareTenant(name)}`;
  try {
    await client.query(`${lockTenant(name)};${UNFLUSHED};CREATE ROLE ${role} ${attributes};${rest}`);
  } catch (error) {
    if (!hasCode(error, SQLSTATE.duplicateObject)) throw error;
    await client.query(`ALTER ROLE ${role} ${attributes};${rest}`);
  }
}

const joinedSchema = z.array(z.object({ joined: z.boolean() }));

/** On another session than the one that has the lock. @returns false when another session waits for that: queueing behind it would be a deadlock */
async function setPasswordBeside(spare: ClientBase, server: PostgresServer, tenant: NewTenant): Promise<boolean> {
  const statement = await setPassword(server.random, tenant);
  await spare.query(`BEGIN;${UNFLUSHED}`);
  const { rows } = await spare.query(joinTenant(tenant.name));
  const [answer] = joinedSchema.parse(rows);
  if (answer?.joined) await spare.query(statement);
  await spare.query("COMMIT");
  return answer?.joined === true;
}

/** The new database accepts no connection until its rights are set. */
async function ensureDatabase(client: ClientBase, server: PostgresServer, name: string): Promise<void> {
  const strategy = server.config.strategy === undefined ? "" : ` STRATEGY ${server.config.strategy}`;
  const create = `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${TEMPLATE_NAME}${strategy} ALLOW_CONNECTIONS false`;
  try {
    await client.query(create);
  } catch (error) {
    if (!hasCode(error, SQLSTATE.duplicateDatabase)) throw error;
    if (!(await isInvalid(client, name))) return;
    await client.query(`DROP DATABASE ${escapeIdentifier(name)}`);
    await client.query(create);
  }
}

const limitSchema = z.object({ datconnlimit: z.number() });

async function isInvalid(client: ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query("SELECT datconnlimit FROM pg_database WHERE datname = $1", [name]);
  return rows.length === 1 && limitSchema.parse(rows[0]).datconnlimit === INVALID_DATABASE_LIMIT;
}
