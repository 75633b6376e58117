/** Users: each belongs to one database and has rights there only. */
import { Binary } from "bson";
import { z } from "zod";
import { scramVerifier } from "../../../../provisioner-bridge/engines/postgres/scram.ts";
import { builtInActions, type Right, type RoleName } from "../access/rights.ts";
import { restrictionSchema, type User } from "../access/user.ts";
import type { Answer, CommandTable, UserCall, World } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { Parsed } from "../wire/bson.ts";
import { endTenancy, ensureTenancy } from "./tenancy.ts";

const BAD_VALUE = 2;
const USER_NOT_FOUND = 11;
const ROLE_NOT_FOUND = 31;
const COMMAND_NOT_SUPPORTED = 115;
const USER_EXISTS = 51003;
const SALT_BYTES = 16;

const settingsSchema = z.object({
  /** Ours is ASCII; another one would have to be prepared as RFC 4013 says. */
  pwd: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .optional(),
  roles: z.array(z.union([z.string(), z.object({ role: z.string(), db: z.string() })])).optional(),
  customData: z.record(z.string(), z.unknown()).optional(),
  authenticationRestrictions: z.array(restrictionSchema).optional(),
  mechanisms: z.array(z.literal("SCRAM-SHA-256")).optional(),
});
type Settings = z.infer<typeof settingsSchema>;

const administers = ({ database }: UserCall): Right[] => [{ action: "administerUsers", on: database }];

async function createUser(call: UserCall): Promise<Answer> {
  const { world, database } = call;
  const { name, settings } = read(call);
  if (database === "admin") throw new CommandError(COMMAND_NOT_SUPPORTED, "the stand-in has one administrator and no other user of admin");
  if (settings.pwd === undefined) throw new CommandError(BAD_VALUE, "createUser needs a password");
  if (world.catalogue.user({ name, db: database }) !== undefined)
    throw new CommandError(USER_EXISTS, `User "${name}@${database}" already exists`);
  const fresh: User = { id: world.random.uuid(), name, db: database, roles: [], customData: {}, restrictions: [] };
  await keep(world, changed(world, fresh, settings), settings.pwd);
  return {};
}

async function updateUser(call: UserCall): Promise<Answer> {
  const { world } = call;
  const { name, settings } = read(call);
  await keep(world, changed(world, existing(call, name), settings), settings.pwd);
  return {};
}

/** The row is written first: with it, anything that a crash leaves in PostgreSQL can be found. */
async function keep(world: World, user: User, password: string | undefined): Promise<void> {
  const verifier = password === undefined ? undefined : await scramVerifier(password, world.random.bytes(SALT_BYTES));
  await world.catalogue.saveUser(user);
  await ensureTenancy(world, user, verifier);
}

function changed(world: World, user: User, { roles, customData, authenticationRestrictions }: Settings): User {
  return {
    ...user,
    ...(roles === undefined ? {} : { roles: roles.map((role) => known(world, user.db, role)) }),
    ...(customData === undefined ? {} : { customData }),
    ...(authenticationRestrictions === undefined ? {} : { restrictions: authenticationRestrictions }),
  };
}

function known({ catalogue }: World, database: string, given: string | RoleName): RoleName {
  const { role, db } = typeof given === "string" ? { role: given, db: database } : given;
  if (db !== database) throw new CommandError(COMMAND_NOT_SUPPORTED, "a user of the stand-in has rights in its own database only");
  if (builtInActions(role) === undefined && catalogue.role({ name: role, db }) === undefined)
    throw new CommandError(ROLE_NOT_FOUND, `Could not find role: ${role}@${db}`);
  return { role, db };
}

function read({ name, args }: UserCall): { name: string; settings: Settings } {
  const user = args[name];
  const parsed = settingsSchema.safeParse(args);
  if (typeof user !== "string" || user === "" || !parsed.success) throw new CommandError(BAD_VALUE, `invalid ${name}`);
  return { name: user, settings: parsed.data };
}

function existing({ world, database }: UserCall, name: string): User {
  const user = world.catalogue.user({ name, db: database });
  if (user === undefined || database === "admin") throw new CommandError(USER_NOT_FOUND, `User '${name}@${database}' not found`);
  return user;
}

async function dropUser(call: UserCall): Promise<Answer> {
  const { name } = read(call);
  await endTenancy(call.world, existing(call, name));
  return {};
}

async function dropAllUsers({ world, database }: UserCall): Promise<Answer> {
  const users = world.catalogue.users().filter(({ db }) => db === database && db !== "admin");
  for (const user of users) await endTenancy(world, user);
  return { n: users.length };
}

const userName = z.object({ user: z.string(), db: z.string() });
const infoSchema = z.object({
  usersInfo: z.union([z.number(), z.string(), userName, z.array(userName), z.object({ forAllDBs: z.literal(true) })]),
  filter: z.record(z.string(), z.unknown()).optional(),
});

/** Users may see themselves; an administrator sees all. */
function infoRights(call: UserCall): Right[] {
  const { user } = call;
  const isMe = (wanted: User): boolean => wanted.name === user.name && wanted.db === user.db;
  const { isWanted, names } = wantedUsers(call);
  const looksAtHimselfOnly = names?.every((one) => one.user === user.name && one.db === user.db) ?? false;
  if (looksAtHimselfOnly) return [];
  const others = call.world.catalogue.users().filter((one) => isWanted(one) && !isMe(one));
  return [{ action: "viewUser", on: names?.[0]?.db ?? others[0]?.db ?? call.database }];
}

function usersInfo(call: UserCall): Answer {
  const { isWanted, filter } = wantedUsers(call);
  const users = call.world.catalogue.users().filter(isWanted).map(shown);
  return { users: users.filter((user) => Object.entries(filter).every(([path, value]) => at(user, path) === value)) };
}

function wantedUsers({ args, database }: UserCall) {
  const parsed = infoSchema.safeParse(args);
  if (!parsed.success) throw new CommandError(BAD_VALUE, "invalid usersInfo", { cause: parsed.error });
  const { usersInfo: wanted, filter = {} } = parsed.data;
  if (typeof wanted === "number") return { filter, names: undefined, isWanted: ({ db }: User) => db === database };
  if (typeof wanted === "object" && "forAllDBs" in wanted) return { filter, names: undefined, isWanted: () => true };
  const names = Array.isArray(wanted) ? wanted : [typeof wanted === "string" ? { user: wanted, db: database } : wanted];
  return { filter, names, isWanted: ({ name, db }: User) => names.some((one) => one.user === name && one.db === db) };
}

function shown({ id, name, db, roles, customData }: User): Parsed {
  const userId = new Binary(Buffer.from(id.replaceAll("-", ""), "hex"), Binary.SUBTYPE_UUID);
  return { _id: `${db}.${name}`, userId, user: name, db, customData, roles: [...roles], mechanisms: ["SCRAM-SHA-256"] };
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((inner, key) => (typeof inner === "object" && inner !== null ? (inner as Parsed)[key] : undefined), value);
}

function connectionStatus({ user }: UserCall): Answer {
  const { name, db, roles } = user;
  return { authInfo: { authenticatedUsers: [{ user: name, db }], authenticatedUserRoles: [...roles] } };
}

export const USERS: CommandTable = {
  createUser: { needs: administers, run: createUser },
  updateUser: { needs: administers, run: updateUser },
  dropUser: { needs: administers, run: dropUser },
  dropAllUsersFromDatabase: { needs: administers, run: dropAllUsers },
  usersInfo: { needs: infoRights, run: usersInfo },
  connectionStatus: { needs: "login", run: connectionStatus },
};
