/** User-defined roles: actions on the database that the role belongs to. */
import { z } from "zod";
import { builtInActions, type Right } from "../access/rights.ts";
import type { Role } from "../access/user.ts";
import type { Answer, CommandTable, UserCall } from "../command.ts";
import { CommandError } from "../errors.ts";

const BAD_VALUE = 2;
const ROLE_NOT_FOUND = 31;
const ROLE_EXISTS = 51002;

const privilegeSchema = z.object({ resource: z.object({ db: z.string(), collection: z.literal("") }), actions: z.array(z.string()) });
const settingsSchema = z.object({ privileges: z.array(privilegeSchema), roles: z.array(z.unknown()).max(0) });

const administers = ({ database }: UserCall): Right[] => [{ action: "administerRoles", on: database }];

async function createRole(call: UserCall): Promise<Answer> {
  const role = read(call);
  const exists = call.world.catalogue.role(role) !== undefined || builtInActions(role.name) !== undefined;
  if (exists) throw new CommandError(ROLE_EXISTS, `Role "${role.name}@${role.db}" already exists`);
  await call.world.catalogue.saveRole(role);
  return {};
}

async function updateRole(call: UserCall): Promise<Answer> {
  const role = read(call);
  existing(call, role.name);
  await call.world.catalogue.saveRole(role);
  return {};
}

function read({ name, args, database }: UserCall): Role {
  const role = args[name];
  const parsed = settingsSchema.safeParse(args);
  const isOwn = parsed.data?.privileges.every(({ resource }) => resource.db === database) ?? false;
  if (typeof role !== "string" || role === "" || !parsed.success || !isOwn)
    throw new CommandError(BAD_VALUE, `the stand-in takes no such ${name}: actions on the whole of its own database only`);
  return { name: role, db: database, privileges: parsed.data.privileges.map(({ resource, actions }) => ({ db: resource.db, actions })) };
}

function existing({ world, database }: UserCall, name: unknown): Role {
  const role = typeof name === "string" ? world.catalogue.role({ name, db: database }) : undefined;
  if (role === undefined) throw new CommandError(ROLE_NOT_FOUND, `Role '${String(name)}@${database}' not found`);
  return role;
}

async function dropRole(call: UserCall): Promise<Answer> {
  await call.world.catalogue.forgetRole(existing(call, call.args.dropRole));
  return {};
}

async function dropAllRoles({ world, database }: UserCall): Promise<Answer> {
  const roles = world.catalogue.roles().filter(({ db }) => db === database);
  for (const role of roles) await world.catalogue.forgetRole(role);
  return { n: roles.length };
}

function rolesInfo({ world, database }: UserCall): Answer {
  const roles = world.catalogue.roles().filter(({ db }) => db === database);
  return { roles: roles.map(({ name, db }) => ({ role: name, db, isBuiltin: false, roles: [], inheritedRoles: [] })) };
}

export const ROLES: CommandTable = {
  createRole: { needs: administers, run: createRole },
  updateRole: { needs: administers, run: updateRole },
  dropRole: { needs: administers, run: dropRole },
  dropAllRolesFromDatabase: { needs: administers, run: dropAllRoles },
  rolesInfo: { needs: ({ database }) => [{ action: "viewRole", on: database }], run: rolesInfo },
};
