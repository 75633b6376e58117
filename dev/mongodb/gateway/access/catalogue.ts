/** All users and roles: first in a table of the PostgreSQL behind, then in memory. Only this gateway writes the table. */
import { z } from "zod";
import type { Cluster } from "../postgres/cluster.ts";
import { fromBytea } from "../postgres/store.ts";
import { parse, toBytes } from "../wire/bson.ts";
import { allows, builtInActions, isRoot, type Privilege, type Right, ROOT } from "./rights.ts";
import { type Role, restrictionSchema, type User } from "./user.ts";

const ADMINISTRATOR_ID = "administrator";

const roleNameSchema = z.object({ role: z.string(), db: z.string() });
const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  db: z.string(),
  roles: z.array(roleNameSchema),
  customData: z.record(z.string(), z.unknown()),
  restrictions: z.array(restrictionSchema),
});
const roleSchema = z.object({
  name: z.string(),
  db: z.string(),
  privileges: z.array(z.object({ db: z.string(), actions: z.array(z.string()) })),
});

type Kind = "user" | "role";
type Named = { name: string; db: string };

export interface Catalogue {
  user(named: Named): User | undefined;
  users(): User[];
  saveUser(user: User): Promise<void>;
  forgetUser(named: Named): Promise<void>;
  role(named: Named): Role | undefined;
  roles(): Role[];
  saveRole(role: Role): Promise<void>;
  forgetRole(named: Named): Promise<void>;
  isAllowed(user: User, right: Right): boolean;
}

/** @param administrator its name; its password is the superuser's of the PostgreSQL behind */
export async function openCatalogue(cluster: Cluster, administrator: string): Promise<Catalogue> {
  await cluster.rows(
    `create table if not exists mongodb_catalogue (kind text, db text, name text, document bytea not null, primary key (kind, db, name))`,
    [],
  );
  const root: User = { id: ADMINISTRATOR_ID, name: administrator, db: ROOT.db, roles: [ROOT], customData: {}, restrictions: [] };
  const users = new Map([[keyOf(root), root], ...(await load(cluster, "user", userSchema))]);
  const roles = await load(cluster, "role", roleSchema);
  const isAllowed = (user: User, right: Right): boolean => isRoot(user.roles) || allows(privilegesOf(user, roles), right);
  return {
    user: (named) => users.get(keyOf(named)),
    users: () => [...users.values()],
    saveUser: (user) => save(cluster, "user", users, user),
    forgetUser: (named) => forget(cluster, "user", users, named),
    role: (named) => roles.get(keyOf(named)),
    roles: () => [...roles.values()],
    saveRole: (role) => save(cluster, "role", roles, role),
    forgetRole: (named) => forget(cluster, "role", roles, named),
    isAllowed,
  };
}

function privilegesOf(user: User, roles: ReadonlyMap<string, Role>): Privilege[] {
  return user.roles.flatMap(({ role, db }) => {
    const actions = builtInActions(role);
    return actions === undefined ? (roles.get(keyOf({ name: role, db }))?.privileges ?? []) : [{ db, actions }];
  });
}

/** No name of a database has a dot. */
const keyOf = ({ name, db }: Named): string => `${db}.${name}`;

async function load<T extends Named>(cluster: Cluster, kind: Kind, schema: z.ZodType<T>): Promise<Map<string, T>> {
  const rows = await cluster.rows("select document from mongodb_catalogue where kind = $1", [kind]);
  const all = rows.map(([document]) => schema.parse(parse(fromBytea(document ?? null) ?? Buffer.alloc(0))));
  return new Map(all.map((one) => [keyOf(one), one]));
}

async function save<T extends Named>(cluster: Cluster, kind: Kind, known: Map<string, T>, one: T): Promise<void> {
  await cluster.rows(
    `insert into mongodb_catalogue values ($1, $2, $3, $4::bytea)
     on conflict (kind, db, name) do update set document = excluded.document`,
    [kind, one.db, one.name, toBytes(one)],
  );
  known.set(keyOf(one), one);
}

async function forget<T extends Named>(cluster: Cluster, kind: Kind, known: Map<string, T>, { name, db }: Named): Promise<void> {
  await cluster.rows("delete from mongodb_catalogue where kind = $1 and db = $2 and name = $3", [kind, db, name]);
  known.delete(keyOf({ name, db }));
}
