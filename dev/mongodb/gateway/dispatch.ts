/** From a request to its answer: finds the command, checks the rights of the connection, runs it. */
import { SERVER } from "./access/rights.ts";
import { isWelcome, type User } from "./access/user.ts";
import type { Answer, Call, Command, CommandTable, UserCall, World } from "./command.ts";
import { DOCUMENTS } from "./commands/documents.ts";
import { GREETING } from "./commands/greeting.ts";
import { LOGIN } from "./commands/login.ts";
import { ROLES } from "./commands/roles.ts";
import { SCHEMA } from "./commands/schema.ts";
import { SERVER_COMMANDS } from "./commands/server.ts";
import { USERS } from "./commands/users.ts";
import { CommandError, errorAnswer } from "./errors.ts";
import type { Session } from "./session.ts";
import { parse, toBytes } from "./wire/bson.ts";
import { documentsOf, type Request } from "./wire/message.ts";

const UNAUTHORIZED = 13;
const COMMAND_NOT_FOUND = 59;
const BAD_QUERY = 352;
/** What drivers still send as a query: their first words. */
const QUERY_COMMANDS = new Set(["hello", "isMaster", "ismaster"]);

const listCommands = (): Answer => ({ commands: Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, {}])) });

export const COMMANDS: CommandTable = {
  ...GREETING,
  ...LOGIN,
  ...DOCUMENTS,
  ...SCHEMA,
  ...SERVER_COMMANDS,
  ...USERS,
  ...ROLES,
  listCommands: { needs: "nothing", run: listCommands },
};

/** Never fails: an error becomes an error answer. */
export async function answer(world: World, session: Session, request: Request, report: (cause: unknown) => void): Promise<Uint8Array> {
  try {
    return finished(await perform(world, session, request));
  } catch (cause) {
    if (!(cause instanceof CommandError)) report(cause);
    return toBytes(errorAnswer(cause));
  }
}

function finished(answer: Answer): Uint8Array {
  return answer instanceof Uint8Array ? answer : toBytes({ ...answer, ok: answer.ok ?? 1 });
}

async function perform(world: World, session: Session, { command: raw, form, sequence }: Request): Promise<Answer> {
  const args = parse(raw);
  // Parsed once, so that only well-formed documents reach the database.
  if (sequence !== undefined) documentsOf(sequence).forEach(parse);
  const [name = ""] = Object.keys(args);
  if (form === "query" && !QUERY_COMMANDS.has(name)) throw new CommandError(BAD_QUERY, `Unsupported OP_QUERY command: ${name}`);
  const database = typeof args.$db === "string" ? args.$db : "admin";
  const call: Call = { world, session, name, database, args, raw, sequence };
  const command = commandOf(name);
  if (command?.needs === "nothing") return command.run(call);
  const user = userOf(world, session);
  if (user === undefined) throw new CommandError(UNAUTHORIZED, `Command ${name} requires authentication`);
  if (command === undefined) throw new CommandError(COMMAND_NOT_FOUND, `no such command: '${name}'`);
  const userCall: UserCall = { ...call, user };
  refuseWithoutRight(userCall, command);
  return command.run(userCall);
}

/** Objects inherit names: "constructor" is not a command. */
const commandOf = (name: string): Command | undefined => (Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined);

/** The connection's current user: since the login it may have been dropped, made again, or excluded from this address. */
function userOf({ catalogue }: World, session: Session): User | undefined {
  if (session.user === undefined) return undefined;
  const user = catalogue.user(session.user);
  return user?.id === session.user.id && isWelcome(user, session.address) ? user : undefined;
}

function refuseWithoutRight(call: UserCall, { needs }: Exclude<Command, { needs: "nothing" }>): void {
  if (needs === "login") return;
  const { user, world, name } = call;
  const missing = needs(call).find((right) => !world.catalogue.isAllowed(user, right));
  if (missing === undefined) return;
  const where = missing.on === SERVER ? "admin" : missing.on;
  throw new CommandError(UNAUTHORIZED, `not authorized on ${where} to execute command ${name}`);
}
